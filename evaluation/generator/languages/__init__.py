"""The languages the generator speaks: our own words, not those of the finders."""

from evaluation.generator.languages.cs import CZECH
from evaluation.generator.languages.da import DANISH
from evaluation.generator.languages.de import GERMAN
from evaluation.generator.languages.en import ENGLISH
from evaluation.generator.languages.es import SPANISH
from evaluation.generator.languages.fr import FRENCH
from evaluation.generator.languages.hr import CROATIAN
from evaluation.generator.languages.it import ITALIAN
from evaluation.generator.languages.nl import DUTCH
from evaluation.generator.languages.pl import POLISH
from evaluation.generator.languages.pt import PORTUGUESE
from evaluation.generator.languages.sv import SWEDISH
from evaluation.generator.words import Language

LANGUAGES: dict[str, Language] = {
    language.code: language
    for language in (
        ENGLISH,
        GERMAN,
        FRENCH,
        SPANISH,
        ITALIAN,
        DUTCH,
        PORTUGUESE,
        POLISH,
        CZECH,
        CROATIAN,
        SWEDISH,
        DANISH,
    )
}
