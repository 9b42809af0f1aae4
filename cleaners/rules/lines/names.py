"""A name that stands by itself, and what stands beside it: boxes of authors, bios, a name said twice."""

from __future__ import annotations

from copydesk.cleaners.facts.page_facts import PageFacts
from copydesk.cleaners.metadata.authors import is_common
from copydesk.cleaners.rules.rule import RuleContext, kept
from copydesk.cleaners.sentence_ends import ends_sentence
from copydesk.cleaners.types import Block, Label
from copydesk.cleaners.word_count import count_words

# learned probability of a neighbour that is surely the article's; set by hand: smaller trusts neighbours
# that may be teasers themselves, larger asks for more than short paragraphs get
SURE_BESIDE = 0.8
# what the learned judgement calls the texts of author boxes, which look like readers' comments
OF_PERSONS = frozenset({Label.AUTHOR_BIO, Label.BYLINE, Label.COMMENT})
# set by hand, like the words below: larger lets headlines in which each word has a capital pass for names
MAX_NAME_CHARS = 60
_MAX_NAME_WORDS = 5


def find_doubled_name(block: Block, context: RuleContext) -> str | None:
    """A name twice in a row, the picture's alternative text and the name beside it, above a sentence on its bearer."""
    # the block is the second of the two or the first; both are bylines
    for first in (block.index - 1, block.index):
        if (
            0 <= first < len(context.page.blocks) - 2
            and context.page.letters[first] == context.page.letters[first + 1]
        ):
            about = context.page.blocks[first + 2]
            if (
                is_persons_name(block.text, context.page.language)
                and not about.gap
                and _is_about(about, block.text, context)
            ):
                return "a name that stands twice in a row"
    return None


def _is_about(about: Block, name: str, context: RuleContext) -> bool:
    return ends_sentence(about.text) and (_speaks_of(about.text, name) or _is_box_of_author(about, context))


def _is_box_of_author(about: Block, context: RuleContext) -> bool:
    """Whether a text below a doubled name is a person's, at the article's end, where the comments have not begun.

    It need not name its bearer: many are written in the first person. Readers' names are doubled, too, but
    below the heading of the comments. Of 130 other lines that stand twice in a row on labelled pages (menus,
    tags, captions) this takes none.
    """
    comments = context.page.memoized(_comment_phrases)
    if any(at < about.index for at in comments) or any(at > about.index for at in kept(context)):
        return False
    return context.judged.learned[about.index].label in OF_PERSONS or about.index + 1 in comments


def _comment_phrases(page: PageFacts) -> frozenset[int]:
    """The blocks with words that head or fill the form for comments."""
    return frozenset(at for at, hits in enumerate(page.phrases) if "wording.comment-form" in hits)


def _speaks_of(sentence: str, name: str) -> bool:
    # initials and particles are in any sentence: "J.", "de"
    return any(part in sentence for part in name.split() if len(part) > 2)


def is_persons_name(text: str, language: str) -> bool:
    """Whether a line is a name, and none of the words that lines of sites consist of."""
    return is_name(text) and not is_common(text, language)


def is_name(text: str) -> bool:
    """Whether a line has the shape of a person's name: two to five capitalised words and nothing else."""
    words = text.split()
    return (
        len(text) <= MAX_NAME_CHARS
        and 2 <= len(words) <= _MAX_NAME_WORDS
        and all(word[0].isalpha() for word in words)
        # two words may be small: "Ludwig van der Berg"
        and sum(word[0].isupper() for word in words) >= max(2, len(words) - 2)
        # a full stop before a space is an initial's: "J. K. Moss"
        and not any(char in ".!?:;,|0123456789" for char in text.replace(". ", " "))
    )


def find_bio_after_name(block: Block, context: RuleContext) -> str | None:
    """What stands below a name said twice: the words on that person."""
    index = block.index
    if index < 2 or {context.verdicts[at].rule for at in (index - 1, index - 2)} != {"shape.doubled-name"}:
        return None
    # fewer words than a name may have are another name, not a sentence on this one
    is_close = block.gap == 0
    return "follows a doubled name" if is_close and count_words(block.text) >= _MAX_NAME_WORDS else None
