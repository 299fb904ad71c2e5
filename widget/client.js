// Talks to the guide's server. No cookie goes along; the session is a signed token that the server renews.
export class Failure extends Error {
  // kind: offline, busy, slow, ended or error
  constructor(kind) {
    super(kind);
    this.kind = kind;
  }
}

// 32 hexadecimal digits that nobody can guess: a session's seed, or a message's id.
export function draw() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export class Client {
  constructor(base, timeout) {
    this.base = base;
    this.timeout = timeout;
  }

  // Whether the device is offline is what a request finds; what the browser believes only explains a failure.
  async post(path, body) {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), this.timeout);
    try {
      const reply = await fetch(`${this.base}/${path}`, {
        method: "POST",
        credentials: "omit",
        referrerPolicy: "no-referrer",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(body),
        signal: stop.signal,
      });
      if (reply.status === 401) throw new Failure("ended");
      if (reply.status === 429) throw new Failure("busy");
      if (!reply.ok) throw new Failure("error");
      return await reply.json();
    } catch (error) {
      if (error instanceof Failure) throw error;
      throw new Failure(error.name === "AbortError" ? "slow" : navigator.onLine === false ? "offline" : "error");
    } finally {
      clearTimeout(timer);
    }
  }

  // What somebody said, {id} with {message} or {choice}, to {session, messages}. An empty answer is a failure.
  async say(session, said) {
    const reply = await this.post("message", { session, ...said });
    if (!Array.isArray(reply.messages) || !reply.messages.some((message) => message.text)) throw new Failure("error");
    return reply;
  }

  // The renewed session.
  async keep(session) {
    return (await this.post("keep", { session })).session;
  }

  forget(sessions) {
    return this.post("forget", { sessions });
  }
}
