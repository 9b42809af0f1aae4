# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False
"""Texts read character by character: measures of blocks' own texts, words shared with a title, texts that occur again,
and folded words.

What a character is and what its small letter is, Python's own ``str`` says, as each version has another Unicode: asked
once a character. Texts that need more than one look at each character (a capital sigma's small letter depends on what
is around it) are left to functions of Python.
"""
cimport cython
from cpython.bytes cimport PyBytes_FromStringAndSize
from cpython.exc cimport PyErr_Clear
from cpython.unicode cimport PyUnicode_DecodeUTF8
from libc.stdlib cimport calloc, free, malloc
from libc.string cimport memcmp

import numpy as np

cdef extern from "Python.h":
    const char* PyUnicode_AsUTF8AndSize(object text, Py_ssize_t* size)  # Cython's own raises

ctypedef unsigned long long Counters
ctypedef const unsigned char* Bytes

cdef enum Trait:
    KNOWN = 1
    SPACE = 2
    SMALL = 4
    DECIMAL = 8
    WORD = 16  # its small letter is part of a word
    ALONE = 32  # and a word by itself
    ODD = 64  # its small letter is not one character, or not always the same

cdef enum:  # the columns of ``block_features.OWN``
    CHARS_LOG, WORDS_LOG, LINKS, ENDS, CHARS_A_WORD
    SIGNS  # and seven more: a class each
    IS_CUT = SIGNS + 8
    STARTS_SMALL, ASKS, ENDS_COLON, LEVEL, IS_PROSE, IS_HIDDEN, GAP, GAP_AFTER, TABS
    KIND  # and one more for each further kind

cdef enum:
    UNSPACED = SIGNS + 5
    UNSPACED_PER_WORD = 2  # as in ``word_count``
    # what counts as prose is set by hand, no figure on record; a change here needs a new training
    PROSE_WORDS = 8  # with an end mark: "Read our privacy policy." is shorter
    LONG_WORDS = 25  # without one: a paragraph cut off, a language whose end marks are not known

cdef double PROSE_LINKS = 0.4  # share of linked text: a paragraph of an encyclopaedia has some, a row of teasers all
# caps lest one address of a thousand characters, or a wide table, outweigh all other measures
cdef double MOST_CHARS_A_WORD = 30.0, MOST_GAP = 3.0, MOST_CELLS = 8.0

cdef enum:
    LAST = 0x10FFFF
    CAPITAL_SIGMA = 0x3A3  # its small letter is another one at the end of a word
    DOT_ABOVE = 0x307  # in Turkish words no letter behind an i
    HEAD_CHARS = 240
    KEY_LOOK = 400
    KEY_CHARS = 200
    # words are compared each with each; longer texts are left to Python
    MOST_WORDS = 128
    MOST_LETTERS = 2048
    SMALL_TEXT = 2048

cdef struct Character:
    Counters signs
    unsigned int lower
    unsigned int traits

cdef struct Span:
    Bytes begin
    Bytes end
    Py_ssize_t chars

cdef struct Word:
    unsigned long long hash
    int begin
    int size

cdef struct Words:
    int count
    Word words[MOST_WORDS]
    unsigned int letters[MOST_LETTERS]


cdef class Characters:
    """What ``ask`` says of each character: (counters of its classes, its small letter, whether that is part of a word,
    and a word by itself).
    """

    cdef object ask
    cdef Character* pages[(LAST >> 8) + 1]  # of 256 characters each; NULL: none of them was met

    def __cinit__(self, ask, *_):
        self.ask = ask

    def __dealloc__(self):
        for page in range((LAST >> 8) + 1):
            free(self.pages[page])

    @cython.final
    cdef inline Character* of(self, unsigned int code) except NULL:
        cdef Character* page = self.pages[code >> 8]
        if page != NULL and page[code & 0xFF].traits:
            return &page[code & 0xFF]
        return self.learn(code)

    @cython.final
    cdef Character* learn(self, unsigned int code) except NULL:
        cdef Character one
        cdef str char = chr(code), lower
        one.signs, lower, is_word, is_alone = self.ask(char)
        one.traits = KNOWN | SPACE * char.isspace() | SMALL * char.islower() | DECIMAL * char.isdecimal()
        one.traits |= WORD * bool(is_word) | ALONE * bool(is_alone)
        one.lower = 0
        if len(lower) == 1 and code != CAPITAL_SIGMA and code != DOT_ABOVE:
            one.lower = ord(lower)
        else:
            one.traits |= ODD
        # nothing of Python's from here on: meanwhile another thread may have asked for the same
        if self.pages[code >> 8] == NULL:
            self.pages[code >> 8] = <Character*>calloc(256, sizeof(Character))
            if self.pages[code >> 8] == NULL:
                raise MemoryError
        self.pages[code >> 8][code & 0xFF] = one
        return &self.pages[code >> 8][code & 0xFF]


cdef class Texts(Characters):
    """The measures of blocks' texts. What is rare is asked of functions of Python, which the methods are given."""

    # -- own measures -------------------------------------------------------------------------------------------------

    def own(self, blocks, tuple kinds, ends_with_terminal):
        """Numbers of characters and of words of blocks, a number each; and a table of the columns of
        ``block_features.OWN``, a row each. ``kinds``: all there are.
        """
        cdef tuple page = tuple(blocks)
        cdef Py_ssize_t at
        cdef dict places = {}
        for at in range(len(kinds)):
            places[kinds[at]] = KIND + at
        cdef int control = places["control"], kind
        lengths, table = np.empty((2, len(page))), np.zeros((len(page), KIND + len(kinds)))
        cdef double[:, ::1] length = lengths, row = table
        cdef double* own
        for at in range(len(page)):
            block = page[at]
            kind = places[block.kind]
            own = &row[at, 0]
            own[LEVEL], own[IS_HIDDEN], own[GAP] = block.level, block.is_hidden, min(<double>block.gap, MOST_GAP)
            own[kind] = 1.0
            self.measure(block.raw, block.link_chars, ends_with_terminal, own)
            # a sentence on a button or in a hidden box must not pass for the article's body
            own[IS_PROSE] = (
                ((own[ENDS] > 0 and own[WORDS_LOG] >= PROSE_WORDS) or own[WORDS_LOG] >= LONG_WORDS)
                and own[LINKS] < PROSE_LINKS and own[IS_HIDDEN] == 0 and kind != control
            )
            length[0, at], length[1, at] = own[CHARS_LOG], own[WORDS_LOG]
            if at:  # no block has it: the next one's gap before
                row[at - 1, GAP_AFTER] = own[GAP]
        table[:, : WORDS_LOG + 1] = np.log1p(lengths.T)
        return lengths[0], lengths[1], table

    cdef int measure(self, raw, double link_chars, ends_with_terminal, double* row) except -1:
        """All but what depends on the kind; in place of logarithms the numbers of characters and words."""
        cdef Span text
        cdef double chars, head
        cdef int place
        held = utf8(raw, &text)
        row[LINKS] = link_chars / text.chars  # never empty: blocks without text are not made
        look_through(&text, &row[ASKS], &row[TABS])
        row[TABS] = min(row[TABS], MOST_CELLS)
        self.strip(&text)
        chars = row[CHARS_LOG] = text.chars
        head = min(max(chars, 1.0), <double>HEAD_CHARS)
        self.count_signs(&text, row)
        # a run of Han or Thai was counted as one word
        row[WORDS_LOG] += <int>row[UNSPACED] // UNSPACED_PER_WORD
        # signs are counted in a block's head alone: the rest is taken to be like it
        row[WORDS_LOG] *= max(chars / head, 1.0)
        row[CHARS_A_WORD] = min(chars / max(row[WORDS_LOG], 1.0), MOST_CHARS_A_WORD)
        for place in range(8):
            row[SIGNS + place] /= head
        if self.flag(&text, row):
            row[ENDS] = ends_with_terminal(raw.strip())
        return 0

    cdef int strip(self, Span* text) except -1:
        cdef Bytes at
        while text.begin < text.end:
            at = text.begin
            if not self.of(read(&at)).traits & SPACE:
                break
            text.begin = at
            text.chars -= 1
        while text.begin < text.end:
            at = last(text.end)
            if not self.of(read(&at)).traits & SPACE:
                break
            text.end = last(text.end)
            text.chars -= 1
        return 0

    cdef int count_signs(self, Span* text, double* row) except -1:
        cdef Bytes at = text.begin
        cdef Py_ssize_t left = min(text.chars, HEAD_CHARS)
        cdef Counters signs = 0, is_word, was_word = 0, words = 0
        cdef Character* one
        cdef int place
        while left > 0:
            one = self.of(read(&at))
            signs += one.signs  # no counter of 8 bits runs over: the head is shorter
            is_word = one.signs & 1
            words += is_word & ~was_word
            was_word = is_word
            left -= 1
        row[WORDS_LOG] = words
        for place in range(8):
            row[SIGNS + place] = signs >> 8 * place & 0xFF
        return 0

    cdef bint flag(self, Span* text, double* row) except -1:
        """The flags of a text; whether Python is to be asked if it ends as a sentence."""
        cdef Bytes at
        cdef unsigned int code
        row[ENDS] = row[IS_CUT] = row[STARTS_SMALL] = row[ENDS_COLON] = 0
        if text.begin == text.end:
            return False
        at = text.begin
        row[STARTS_SMALL] = self.of(read(&at)).traits & SMALL != 0
        at = last(text.end)
        code = read(&at)
        row[ENDS] = code == c"." or code == c"!" or code == c"?"
        row[ENDS_COLON] = code == c":" or code == 0xFF1A
        if code == c"]":
            text.end -= 1
        row[IS_CUT] = ends_in(text, b"...") or ends_in(text, b"\xe2\x80\xa6")
        return not row[ENDS] and not self.of(code).signs & 1

    # -- repeats ------------------------------------------------------------------------------------------------------

    def repeats(self, blocks, key_of):
        """How often else the text of each block occurs on the page, and how often before it."""
        cdef Py_ssize_t at
        cdef dict counts = {}
        cdef list keys = []
        for block in blocks:
            keys.append(self.key(block.raw, key_of))
        table = np.empty((2, len(keys)))
        cdef double[:, ::1] columns = table
        for at in range(len(keys)):
            count = counts.get(keys[at], 0)
            counts[keys[at]] = count + 1
            columns[1, at] = count
        for at in range(len(keys)):
            columns[0, at] = counts[keys[at]] - 1
        return table

    cdef bytes key(self, raw, key_of):
        cdef Span text
        cdef char buffer[4 * (KEY_CHARS + 1)]
        cdef char* to = buffer
        cdef int look = 0, chars = 0
        cdef bint is_apart = False
        cdef Character* one
        held = utf8(raw, &text)
        while text.begin < text.end and look < KEY_LOOK and chars < KEY_CHARS:
            look += 1
            one = self.of(read(&text.begin))
            if one.traits & SPACE:
                is_apart = chars > 0
                continue
            if one.traits & ODD:
                return plain_key(raw, key_of)
            if is_apart:
                to[0] = c" "
                to += 1
                chars += 1
                is_apart = False
            if chars < KEY_CHARS:
                to = write(to, one.lower)
                chars += 1
        return PyBytes_FromStringAndSize(buffer, to - buffer)

    # -- words of the title -------------------------------------------------------------------------------------------

    def shared_words(self, list texts, head, words_of):
        """How many different words a title has; for each text that has any of them its place, how many different words
        it has, and how many of them are the title's. ``words_of``: those of any text.
        """
        cdef Words wanted, words
        cdef Py_ssize_t at
        cdef list shared = []
        cdef bint is_usual = self.split(head, &wanted)
        plain_wanted = None
        if is_usual:
            keep_different(&wanted)
        for at in range(len(texts)):
            if is_usual and self.split(texts[at], &words):
                if count_common(&words, &wanted):
                    keep_different(&words)
                    shared.append((at, words.count, count_common(&words, &wanted)))
                continue
            if plain_wanted is None:
                plain_wanted = frozenset(words_of(head))
            different = frozenset(words_of(texts[at]))
            if common := len(different & plain_wanted):
                shared.append((at, len(different), common))
        if not is_usual and plain_wanted is None:
            plain_wanted = frozenset(words_of(head))
        return wanted.count if is_usual else len(plain_wanted), shared

    cdef bint split(self, raw, Words* to) except -1:
        """The words in small letters; False where the text is left to Python."""
        cdef Span text
        cdef Word* word = to.words
        cdef int size = 0
        cdef bint is_within = False
        cdef Character* one
        to.count = 0
        if len(raw) > MOST_LETTERS:
            return False
        held = utf8(raw, &text)
        while text.begin < text.end:
            one = self.of(read(&text.begin))
            if one.traits & ODD:
                return False
            if not one.traits & WORD:
                is_within = False
                continue
            if not is_within or one.traits & ALONE:
                if to.count == MOST_WORDS:
                    return False
                word = &to.words[to.count]
                word.hash, word.begin, word.size = 0xCBF29CE484222325ULL, size, 0
                to.count += 1
            is_within = not one.traits & ALONE
            word.hash = (word.hash ^ one.lower) * 0x100000001B3ULL  # FNV
            to.letters[size] = one.lower
            size += 1
            word.size += 1
        return True


cdef bytes plain_key(raw, key_of):
    return key_of(raw).encode("utf-8", "surrogatepass")


cdef class Folding(Characters):
    """The words of texts as phrases are compared with them. ``plain``: does so for what is rare."""

    cdef object plain

    def __init__(self, _ask, plain):
        self.plain = plain

    def folded_words(self, text):
        cdef Span span
        cdef char small[2 * SMALL_TEXT]
        cdef char* buffer = small
        held = utf8(text, &span)
        # a small letter takes at most twice the bytes
        if span.end - span.begin > SMALL_TEXT:
            buffer = <char*>malloc(2 * (span.end - span.begin))
            if buffer == NULL:
                raise MemoryError
        try:
            words = self.fold(&span, buffer)
        finally:
            if buffer != small:
                free(buffer)
        return self.plain(text) if words is None else words

    cdef list fold(self, Span* text, char* buffer):
        cdef char* to = buffer
        cdef list words = []
        cdef Character* one
        while text.begin < text.end:
            one = self.of(read(&text.begin))
            if one.traits & ODD:
                return None
            if one.traits & DECIMAL:
                self.pass_number(text)
                to[0] = c"#"
                to += 1
            elif one.traits & WORD:
                to = write(to, one.lower)
            elif to != buffer:
                words.append(PyUnicode_DecodeUTF8(buffer, to - buffer, NULL))
                to = buffer
        if to != buffer:
            words.append(PyUnicode_DecodeUTF8(buffer, to - buffer, NULL))
        return words

    cdef int pass_number(self, Span* text) except -1:
        """To the end of a number whose first digit is behind: 12 000 and 3.5 are one each."""
        cdef Bytes at
        cdef unsigned int code
        while text.begin < text.end:
            at = text.begin
            code = read(&at)
            if (code == c"." or code == c"," or code == c" " or code == 0xA0) and at < text.end:
                code = read(&at)
            if not self.of(code).traits & DECIMAL:
                break
            text.begin = at
        return 0


# -- text in UTF-8 ----------------------------------------------------------------------------------------------------

cdef bytes utf8(raw, Span* text):
    """The text in UTF-8; what is to be held as long, where it has lone surrogates, which are written as if they were
    characters.
    """
    cdef Py_ssize_t size = 0
    cdef bytes held = None
    cdef const char* begin = PyUnicode_AsUTF8AndSize(raw, &size)
    if begin == NULL:
        PyErr_Clear()
        held = raw.encode("utf-8", "surrogatepass")
        begin, size = held, len(held)
    text.begin = <Bytes>begin
    text.end = text.begin + size
    text.chars = len(raw)
    return held


cdef inline unsigned int read(Bytes* at) noexcept nogil:
    """The code point here, and on to the next."""
    cdef Bytes byte = at[0]
    if byte[0] < 0x80:
        at[0] += 1
        return byte[0]
    if byte[0] < 0xE0:
        at[0] += 2
        return (byte[0] & 0x1F) << 6 | byte[1] & 0x3F
    if byte[0] < 0xF0:
        at[0] += 3
        return (byte[0] & 0x0F) << 12 | (byte[1] & 0x3F) << 6 | byte[2] & 0x3F
    at[0] += 4
    return (byte[0] & 0x07) << 18 | (byte[1] & 0x3F) << 12 | (byte[2] & 0x3F) << 6 | byte[3] & 0x3F


cdef inline char* write(char* to, unsigned int code) noexcept nogil:
    """Writes a code point; where the next one goes."""
    if code < 0x80:
        to[0] = code
        return to + 1
    if code < 0x800:
        to[0] = 0xC0 | code >> 6
        to[1] = 0x80 | code & 0x3F
        return to + 2
    if code < 0x10000:
        to[0] = 0xE0 | code >> 12
        to[1] = 0x80 | code >> 6 & 0x3F
        to[2] = 0x80 | code & 0x3F
        return to + 3
    to[0] = 0xF0 | code >> 18
    to[1] = 0x80 | code >> 12 & 0x3F
    to[2] = 0x80 | code >> 6 & 0x3F
    to[3] = 0x80 | code & 0x3F
    return to + 4


cdef inline Bytes last(Bytes end) noexcept nogil:
    """Where the last character of a text begins that is not empty."""
    end -= 1
    while end[0] & 0xC0 == 0x80:
        end -= 1
    return end


cdef inline bint ends_in(Span* text, const char* mark) noexcept nogil:
    """Whether a text ends in a mark, which takes three bytes."""
    return text.end - text.begin >= 3 and memcmp(text.end - 3, mark, 3) == 0


cdef void look_through(Span* text, double* asks, double* tabs) noexcept nogil:
    """Whether there is a question mark, and how many tabs there are."""
    cdef Bytes at = text.begin
    asks[0] = tabs[0] = 0
    while at < text.end:
        if at[0] == c"\t":
            tabs[0] += 1
        elif at[0] == c"?":
            asks[0] = 1
        elif at[0] == 0xD8 and at[1] == 0x9F:  # the Arabic one
            asks[0] = 1
        elif at[0] == 0xEF and at[1] == 0xBC and at[2] == 0x9F:  # the wide one
            asks[0] = 1
        at += 1


# -- words ------------------------------------------------------------------------------------------------------------

cdef inline bint is_in(Words* some, int count, Words* others, Word* word) noexcept nogil:
    """Whether a word of ``others`` is among the first of ``some``."""
    cdef int at
    cdef Word* one
    for at in range(count):
        one = &some.words[at]
        if one.hash == word.hash and one.size == word.size and memcmp(
            &some.letters[one.begin], &others.letters[word.begin], word.size * sizeof(unsigned int)
        ) == 0:
            return True
    return False


cdef int count_common(Words* words, Words* wanted) noexcept nogil:
    cdef int at, common = 0
    for at in range(words.count):
        common += is_in(wanted, wanted.count, words, &words.words[at])
    return common


cdef void keep_different(Words* words) noexcept nogil:
    cdef int at, kept = 0
    for at in range(words.count):
        if not is_in(words, kept, words, &words.words[at]):
            words.words[kept] = words.words[at]
            kept += 1
    words.count = kept
