#!/bin/sh
# Takes out of an environment what no running guide loads: sh deploy/slim.sh .venv
# Headers for compiling against TensorFlow and others, the packages' own tests, and spaCy's word tables of other languages.
set -eu
cd "$1"/lib/python3.10/site-packages
rm -rf tensorflow/include
find . -type d -name tests -prune -exec rm -rf {} +
find . -type f \( -name '*.h' -o -name '*.hpp' -o -name '*.pxd' -o -name '*.pyx' -o -name '*.pyi' \) -delete
find spacy_lookups_data/data -type f ! -name 'en_*' -delete
