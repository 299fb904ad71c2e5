// Answers read aloud, where a person wants that, by a voice of the device itself: others would send the words away.
export class Aloud {
  constructor(chat, say) {
    Object.assign(this, { chat, say });
  }

  async voices() {
    const known = () => speechSynthesis.getVoices().filter((voice) => voice.localService);
    if (!known().length) await new Promise((done) => (speechSynthesis.addEventListener("voiceschanged", done, { once: true }), setTimeout(done, 1000)));
    return known();
  }

  async toggle() {
    const { chat } = this;
    const { look } = chat.memory;
    look.aloud = !look.aloud && (await this.voices()).length > 0;
    chat.inform(this.say(look.aloud ? "aloudOn" : this.spoke ? "silentSaid" : "aloudNone"));
    this.spoke = look.aloud;
    if (!look.aloud) speechSynthesis.cancel();
    chat.memory.keep();
  }

  // One message, or all of a turn; what is being read stops.
  async hear(told) {
    const found = await this.voices();
    speechSynthesis.cancel();
    for (const { text, lang = "en" } of told) {
      const voice = found.find((each) => each.lang.startsWith(lang));
      if (!voice) {
        this.chat.inform(this.say("aloudNone"));
        return;
      }
      const said = new SpeechSynthesisUtterance(text.replace(/\*\*/g, ""));
      Object.assign(said, { voice, lang: voice.lang });
      speechSynthesis.speak(said);
    }
  }
}
