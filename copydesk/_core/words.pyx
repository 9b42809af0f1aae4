# cython: language_level=3
"""Words of texts: how many there are, and which phrases of a lexicon hold for them."""
from libc.stdlib cimport calloc, free

cdef enum:
    LAST = 0x10FFFF
    KNOWN = 1
    WORD = 2
    UNSPACED = 4


cdef class Counter:
    """Counts words. ``ask`` says of a character whether it is part of a word, and of a script without spaces, of which
    so many letters (``unspaced_per_word``) count as a word.
    """

    cdef object ask
    cdef Py_ssize_t unspaced_per_word
    cdef unsigned char* pages[(LAST >> 8) + 1]  # of 256 characters each; NULL: none of them was met

    def __cinit__(self, ask, unspaced_per_word):
        self.ask, self.unspaced_per_word = ask, unspaced_per_word

    def __dealloc__(self):
        for page in range((LAST >> 8) + 1):
            free(self.pages[page])

    def count_words(self, str text not None):
        """Words of ``text``; letters of scripts without spaces count for less."""
        cdef Py_ssize_t words = 0, unspaced = 0
        cdef unsigned char trait, before = 0
        cdef unsigned int code
        cdef Py_UCS4 char
        for char in text:
            code = ord(char)
            trait = 0 if self.pages[code >> 8] == NULL else self.pages[code >> 8][code & 0xFF]
            if not trait:
                trait = self.learn(code)
            words += trait & ~before & WORD
            unspaced += trait & UNSPACED
            before = trait
        return words // WORD + unspaced // UNSPACED // self.unspaced_per_word

    cdef unsigned char learn(self, unsigned int code) except 0:
        is_word, is_unspaced = self.ask(chr(code))
        # nothing of Python's from here on: meanwhile another thread may have asked for the same
        if self.pages[code >> 8] == NULL:
            self.pages[code >> 8] = <unsigned char*>calloc(256, 1)
            if self.pages[code >> 8] == NULL:
                raise MemoryError
        self.pages[code >> 8][code & 0xFF] = KNOWN | WORD * bool(is_word) | UNSPACED * bool(is_unspaced)
        return self.pages[code >> 8][code & 0xFF]


def find_phrases(list texts, list rows, filed, find_lead, find_unspaced):
    """For each text, whose folded words are a row, the strongest phrase by the id of its rule.

    ``filed``: phrases by what they are looked up by, each list the strongest first: whole texts; openings before a
    mark, by their first word; openings, by their first two words or their only one; phrases, by one of their words.
    ``find_lead`` adds to what was found in a text that begins as an opening before a mark, ``find_unspaced`` (or None)
    what is in scripts without spaces.
    """
    cdef dict whole, lead, start, contains, found
    cdef list all_found = []
    cdef Py_ssize_t at
    whole, lead, start, contains = filed
    for at in range(len(rows)):
        found = {}
        all_found.append(found)
        words = rows[at]
        if not words:
            continue
        folded = " ".join(words)
        padded = f" {folded} "
        add_where(whole.get(folded), None, found)
        for opening in lead.get(words[0], ()):
            if padded.startswith(opening):
                find_lead(texts[at], found)
                break
        # filed under two words, or the only one: the longer first
        for opening in (" ".join(words[:2]), words[0]):
            for entry in start.get(opening, ()):
                if padded.startswith(f" {entry.folded} "):
                    found.setdefault(entry.rule_id, entry.hit)
        # in the order of the words, so that evidence is the same each time
        for word in words:
            add_where(contains.get(word), padded, found)
        if find_unspaced is not None and not folded.isascii():
            find_unspaced(folded, found)
    return all_found


cdef int add_where(entries, padded, dict found) except -1:
    """Adds the phrases that a padded text holds, or all where it is None, by rules of which nothing was found."""
    if entries is not None:
        for entry in entries:
            if padded is None or f" {entry.folded} " in padded:
                found.setdefault(entry.rule_id, entry.hit)
    return 0
