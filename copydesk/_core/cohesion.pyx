# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""Lexical cohesion: the measures of ``cleaners/judge/cohesion.py``.

What is summed are counts, of blocks, terms and characters: whole numbers, in whatever order.
"""
from cpython.dict cimport PyDict_GetItemWithError
from cpython.object cimport PyObject
from libc.stdlib cimport free, realloc

import numpy as np

cdef extern from "Python.h":
    Py_ssize_t PyUnicode_GetLength(object text) except -1
    Py_UCS4 PyUnicode_ReadChar(object text, Py_ssize_t place) except? 0xFFFFFFFF

cdef enum:  # what a word can be, beside the number of a term
    NO_TERM = -1
    UNSPACED = -2

cdef enum:  # places of the columns: of a block, a heading, an article; the first of a section
    LEAD, BEFORE, AFTER, TITLE, TERMS, TITLE_TERMS, BORDER, WEAKEST, HEADING, HEADINGS, IS_OTHER, ARTICLES, SECTION

cdef enum:  # of a section
    S_LEAD, S_REPEATED_LEAD, S_TITLE, S_TITLE_OF_BEST, S_BEFORE, S_AFTER, S_REPEATED_BEFORE, S_REPEATED_AFTER
    S_REPEATED, S_NUMBER, S_FROM_END, S_PROSE, S_OPENING_TITLE, S_OPENING_BYLINE, SECTION_WIDTH

cdef enum:  # of an element, in place of the element that is a section
    BETWEEN = -1
    OUTSIDE = -2

WIDTH = SECTION + 3 * SECTION_WIDTH
# columns filled with counts; their logarithms are numpy's, which are not those of C to the last digit
_LOGARITHMS = [TERMS, HEADINGS, ARTICLES, *(SECTION + number * SECTION_WIDTH + S_REPEATED for number in range(3))]

cdef struct Limits:  # constants of ``cleaners/judge/cohesion.py``, and places of columns
    int fewest_terms, opening, min_topic_words, lead_blocks, box_prose, least_letters
    double most_sections, unknown_likeness, main_share
    int is_heading, level, is_title

cdef struct BlockFacts:
    double prose_chars, rank, in_title, byline
    bint is_title, is_lead, is_high, is_counted
    int terms  # where its terms begin
    int begun, ended  # terms whose first, or last, block of prose it is

cdef struct Term:
    int first, last  # blocks of prose it occurs in
    int met, times  # in which run of blocks it was met last, and how often there
    bint in_title, in_lead


cdef class Cohesion:
    """Measures pages. ``limits``: the fields of ``Limits``."""

    cdef Limits limits

    def __init__(self, limits):
        self.limits = limits

    def measure(self, own, words, layout, title, const double[:] bylines, function_words, unspaced):
        """The columns of ``measures.NAMES``, one row a block. ``words``: of each block; ``unspaced``: the pattern of
        letters of scripts without spaces.
        """
        cdef Page page = Page(len(words))
        if not 0 < page.count == bylines.shape[0]:
            raise ValueError("words of other blocks, or of none")
        table = np.empty((page.count, WIDTH))
        page.limits, page.table = self.limits, table
        page.read(own, title, bylines)
        page.find_lead()
        page.find_terms(words, function_words, unspaced)
        page.measure_blocks()
        page.measure_borders()
        page.measure_headings()
        page.read_elements(layout)
        page.measure_articles(layout)
        page.by_headings()
        page.measure_sections(SECTION)
        page.by_elements(page.main_element(), -1)
        page.measure_sections(SECTION + SECTION_WIDTH)
        page.by_elements(-1, page.first_prose())
        page.measure_sections(SECTION + 2 * SECTION_WIDTH)
        table[:, _LOGARITHMS] = np.log1p(table[:, _LOGARITHMS])
        return table


cdef class Page:
    cdef Limits limits
    cdef double[:, ::1] table
    cdef int count, start, headline
    cdef double highest, total_prose
    cdef list memory
    cdef BlockFacts* blocks
    cdef double* prose_sums
    cdef int* prose_counts
    # terms of all blocks, one block after another, as numbers
    cdef int* found
    cdef size_t found_count, found_room
    cdef Term* terms
    cdef int term_count, terms_room
    cdef int run, title_terms
    # sections: of each block its number; where each begins, and where the last ends
    cdef int* section_of
    cdef int* section_starts
    cdef int section_count
    # the elements
    cdef const Py_ssize_t[::1] parents, starts, ends, depths, holders
    cdef int* inside

    def __cinit__(self, Py_ssize_t count):
        self.memory = []
        self.count = count
        self.blocks = <BlockFacts*>self.zeros((count + 1) * sizeof(BlockFacts))
        self.prose_sums = <double*>self.zeros((count + 1) * sizeof(double))
        self.prose_counts = <int*>self.zeros((count + 1) * sizeof(int))
        self.section_of = <int*>self.zeros(count * sizeof(int))
        # one section more than blocks where a page begins with a heading
        self.section_starts = <int*>self.zeros((count + 2) * sizeof(int))

    def __dealloc__(self):
        free(self.found)
        free(self.terms)

    cdef char* zeros(self, size_t size):
        """Memory that lives as long as the page."""
        memory = bytearray(size)
        self.memory.append(memory)
        return memory

    cdef int read(self, own, title, const double[:] bylines) except -1:
        """The facts of blocks."""
        cdef const double[:] chars = own.chars, words = own.words, is_prose = own.is_prose
        cdef const double[:, ::1] shape = own.table, likeness = title[1]
        cdef int at, headline = -1 if title[0] is None else title[0]
        cdef BlockFacts* block
        cdef bint is_heading
        if {len(column) for column in (own.chars, own.words, own.is_prose, own.table, title[1])} != {self.count}:
            raise ValueError("measures of other blocks")
        if not -1 <= headline < self.count:
            raise IndexError("the headline is no block")
        for at in range(self.count):
            block = &self.blocks[at]
            block.prose_chars = chars[at] * is_prose[at]
            is_heading = shape[at, self.limits.is_heading] > 0
            block.rank = shape[at, self.limits.level] * is_heading
            block.in_title = max(likeness[at, 0], likeness[at, 1])
            block.byline = bylines[at]
            block.is_title = shape[at, self.limits.is_title] > 0 or at == headline
            block.is_counted = (
                block.prose_chars > 0 or is_heading or block.is_title or words[at] > self.limits.min_topic_words
            )
            self.prose_sums[at + 1] = self.prose_sums[at] + block.prose_chars
            self.prose_counts[at + 1] = self.prose_counts[at] + (block.prose_chars > 0)
        self.total_prose = max(1.0, self.prose_sums[self.count])
        self.headline = headline
        self.highest = 1.0 if headline < 0 else max(1.0, self.blocks[headline].rank)
        self.start = headline if headline >= 0 else self.first_prose()
        for at in range(self.count):
            block = &self.blocks[at]
            block.is_high = 0 < block.rank <= self.highest
        return 0

    cdef int first_prose(self) noexcept nogil:
        cdef int at
        for at in range(self.start, self.count):
            if self.blocks[at].prose_chars > 0:
                return at
        return self.start

    cdef void find_lead(self) noexcept nogil:
        """Prose that the article begins with, up to the next heading as high as the headline; any where none comes
        before that.
        """
        cdef int at = self.start + 1, stop, left = self.limits.lead_blocks
        while at < self.count and not self.blocks[at].is_high:
            at += 1
        # where no prose comes before the next heading, whatever follows
        stop = at if self.prose_counts[at] > self.prose_counts[self.start] else self.count
        for at in range(self.start, stop):
            if left > 0 and self.blocks[at].prose_chars > 0:
                self.blocks[at].is_lead = True
                left -= 1

    # -- terms --------------------------------------------------------------------------------------------------------

    cdef int find_terms(self, words, function_words, unspaced) except -1:
        """The terms of the blocks that are counted: words of enough letters that are not frequent in the language; of
        scripts without spaces pairs of letters.
        """
        # words of four letters at least and pairs of letters: none is both
        cdef dict known = {}, pairs = {}
        cdef PyObject* entry
        cdef int at, number
        cdef Py_ssize_t place
        cdef str word, pair
        for at in range(self.count):
            self.blocks[at].terms = self.found_count
            if not self.blocks[at].is_counted:
                continue
            self.run += 1
            for word in words[at]:
                entry = PyDict_GetItemWithError(known, word)
                if entry != NULL:
                    number = <object>entry
                else:
                    number = known[word] = self.number_of(word, function_words, unspaced)
                if number >= 0:
                    self.add(number, at)
                elif number == UNSPACED:
                    for place in range(PyUnicode_GetLength(word) - 1):
                        pair = word[place : place + 2]
                        if pair not in pairs:
                            pairs[pair] = self.new_term()
                        self.add(pairs[pair], at)
        self.blocks[self.count].terms = self.found_count
        for number in range(self.term_count):
            self.title_terms += self.terms[number].in_title
            if self.terms[number].last >= 0:
                self.blocks[self.terms[number].first].begun += 1
                self.blocks[self.terms[number].last].ended += 1
        return 0

    cdef int number_of(self, str word, function_words, unspaced) except -3:
        cdef bint is_ascii = word.isascii()
        if not is_ascii and unspaced.search(word) is not None:
            return UNSPACED
        if PyUnicode_GetLength(word) < self.limits.least_letters or word in function_words:
            return NO_TERM
        # figures are folded to signs
        return NO_TERM if is_ascii and PyUnicode_ReadChar(word, 0) == c"#" else self.new_term()

    cdef int new_term(self) except -1:
        if self.term_count == self.terms_room:
            self.terms_room = max(1024, 2 * self.terms_room)
            terms = <Term*>realloc(self.terms, self.terms_room * sizeof(Term))
            if terms == NULL:
                raise MemoryError
            self.terms = terms
        self.terms[self.term_count] = Term(first=self.count, last=-1, met=0, times=0, in_title=False, in_lead=False)
        self.term_count += 1
        return self.term_count - 1

    cdef int add(self, int number, int at) except -1:
        """A term occurs in a block: counted once."""
        cdef Term* term = &self.terms[number]
        cdef BlockFacts* block = &self.blocks[at]
        if term.met == self.run:
            return 0
        term.met = self.run
        if self.found_count == self.found_room:
            self.found_room = max(<size_t>4096, 2 * self.found_room)
            found = <int*>realloc(self.found, self.found_room * sizeof(int))
            if found == NULL:
                raise MemoryError
            self.found = found
        self.found[self.found_count] = number
        self.found_count += 1
        term.in_title = term.in_title or block.is_title
        term.in_lead = term.in_lead or block.is_title or block.is_lead
        if block.prose_chars > 0:
            term.first = min(term.first, at)
            term.last = at
        return 0

    # -- blocks -------------------------------------------------------------------------------------------------------

    cdef void measure_blocks(self) noexcept nogil:
        cdef int at, number, lead, before, after, in_title, most
        cdef Term* term
        for at in range(self.count):
            lead = before = after = in_title = 0
            for number in range(self.blocks[at].terms, self.blocks[at + 1].terms):
                term = &self.terms[self.found[number]]
                lead += term.in_lead
                before += term.first < at
                after += term.last > at
                in_title += term.in_title
            number = self.blocks[at + 1].terms - self.blocks[at].terms
            most = max(1, number)
            self.table[at, LEAD] = <double>lead / most
            self.table[at, BEFORE] = <double>before / most
            self.table[at, AFTER] = <double>after / most
            self.table[at, TITLE] = <double>in_title / most
            self.table[at, TERMS] = number
            self.table[at, TITLE_TERMS] = self.title_terms

    cdef void measure_borders(self) noexcept nogil:
        """For the border before each block the share of terms that stand on both sides of it, of the fewer there are on
        either side; 1 where these are next to none. ``before`` and ``after``: terms that begin before the border and
        such as end after it.
        """
        cdef int at, before = 0, after = 0, ended = 0, fewer
        cdef double border, weakest = 1.0
        for at in range(self.count):
            after += self.blocks[at].ended
        for at in range(self.count):
            fewer = min(before, after)
            border = 1.0 if fewer < self.limits.fewest_terms else <double>(before - ended) / max(1, fewer)
            if at >= self.start:
                weakest = min(weakest, border) if at > self.start else border
            self.table[at, BORDER] = border
            self.table[at, WEAKEST] = weakest
            before += self.blocks[at].begun
            after -= self.blocks[at].ended
            ended += self.blocks[at].ended

    cdef void measure_headings(self) noexcept nogil:
        """The last heading as high as the headline."""
        cdef int at, headings = 0
        cdef double in_title = self.limits.unknown_likeness
        for at in range(self.count):
            if self.blocks[at].is_high:
                in_title = self.blocks[at].in_title
                headings += 1
            self.table[at, HEADING] = in_title
            self.table[at, HEADINGS] = headings

    # -- elements -----------------------------------------------------------------------------------------------------

    cdef int read_elements(self, layout) except -1:
        self.parents, self.starts, self.ends = layout.parents, layout.starts, layout.ends
        self.depths, self.holders = layout.depths, layout.holders
        if self.holders.shape[0] != self.count or self.ends[0] != self.count:
            raise ValueError("a layout of other blocks")
        self.inside = <int*>self.zeros(self.parents.shape[0] * sizeof(int))
        return 0

    cdef int measure_articles(self, layout) except -1:
        """Whether blocks stand in an ``article`` element that is not the headline's, and how many of them began."""
        cdef const Py_ssize_t[::1] named = layout.named
        cdef char* is_article = self.zeros(len(layout.names))
        cdef int* begun = <int*>self.zeros(self.count * sizeof(int))
        cdef int* inside = self.inside
        cdef int at, element, own, articles = 0
        for at, name in enumerate(layout.names):
            is_article[at] = name[0] == "article"
        for element in range(1, <int>self.parents.shape[0]):
            inside[element] = element if is_article[named[element]] else inside[self.parents[element]]
            begun[self.starts[element]] += is_article[named[element]]
        own = inside[self.holders[self.start]]
        for at in range(self.count):
            articles += begun[at]
            element = inside[self.holders[at]]
            self.table[at, IS_OTHER] = element != 0 and element != own
            self.table[at, ARTICLES] = articles
        return 0

    cdef int main_element(self) noexcept nogil:
        """The deepest element that holds most of the prose: its sections are elements in it that hold prose, what is
        between these, and what is outside.
        """
        cdef int element, main = 0
        cdef Py_ssize_t depth = -1
        cdef double least = self.limits.main_share * self.total_prose
        for element in range(<int>self.parents.shape[0]):
            if self.depths[element] > depth and (
                self.prose_sums[self.ends[element]] - self.prose_sums[self.starts[element]] >= least
            ):
                main, depth = element, self.depths[element]
        return main

    cdef inline bint is_around(self, Py_ssize_t element, int main, int block) noexcept nogil:
        return element == main if block < 0 else self.starts[element] <= block < self.ends[element]

    cdef void by_elements(self, int main, int block) noexcept nogil:
        """Sections that are elements right inside the main one, or inside those around a block (-1: the former)."""
        cdef int* inside = self.inside
        cdef Py_ssize_t element, parent, prose
        cdef int at, number = 0
        for element in range(self.parents.shape[0]):
            parent = self.parents[element]
            prose = self.prose_counts[self.ends[element]] - self.prose_counts[self.starts[element]]
            if self.is_around(element, main, block):
                inside[element] = BETWEEN
            elif element == 0:
                inside[element] = OUTSIDE
            elif self.is_around(parent, main, block):
                inside[element] = element if prose >= self.limits.box_prose else BETWEEN
            else:
                inside[element] = inside[parent]
        for at in range(self.count):
            number += at > 0 and inside[self.holders[at]] != inside[self.holders[at - 1]]
            self.section_of[at] = number
        self.find_starts()

    cdef void by_headings(self) noexcept nogil:
        """A section from each heading as high as the headline to the next; the first is what comes before them all: an
        empty one where a page begins with a heading.
        """
        cdef int at, number = 0
        for at in range(self.count):
            number += self.blocks[at].is_high
            self.section_of[at] = number
        self.find_starts()

    # -- sections -----------------------------------------------------------------------------------------------------

    cdef void find_starts(self) noexcept nogil:
        cdef int at, count = 0
        for at in range(self.count):
            while count <= self.section_of[at]:
                self.section_starts[count] = at
                count += 1
        self.section_starts[count] = self.count
        self.section_count = count

    cdef void measure_sections(self, int column) noexcept nogil:
        cdef double[SECTION_WIDTH] row
        cdef double best = 1e-9
        cdef int section, at, place, start, end
        for section in range(self.section_count):
            start, end = self.section_starts[section], self.section_starts[section + 1]
            self.count_terms(row, start, end)
            row[S_NUMBER] = min(<double>section, self.limits.most_sections)
            row[S_FROM_END] = min(<double>(self.section_count - 1 - section), self.limits.most_sections)
            row[S_PROSE] = (self.prose_sums[end] - self.prose_sums[start]) / self.total_prose
            self.look_at_opening(row, start, end)
            best = max(best, row[S_TITLE])
            for at in range(start, end):
                for place in range(SECTION_WIDTH):
                    self.table[at, column + place] = row[place]
        for at in range(self.count):
            self.table[at, column + S_TITLE_OF_BEST] = self.table[at, column + S_TITLE] / best

    cdef void count_terms(self, double* row, int start, int end) noexcept nogil:
        """Terms of the section's prose, each once, and those that stand in it twice for themselves."""
        cdef int at, number, place
        cdef double every = 0, some = 0
        cdef Term* term
        for place in range(SECTION_WIDTH):
            row[place] = 0
        self.run += 1
        for at in range(start, end):
            if not self.blocks[at].prose_chars > 0:
                continue
            for number in range(self.blocks[at].terms, self.blocks[at + 1].terms):
                term = &self.terms[self.found[number]]
                if term.met != self.run:
                    term.met, term.times = self.run, 0
                term.times += 1
                if term.times == 1:
                    every += 1
                    row[S_LEAD] += term.in_lead
                    row[S_TITLE] += term.in_title
                    row[S_BEFORE] += term.first < start
                    row[S_AFTER] += term.last >= end
                elif term.times == 2:
                    some += 1
                    row[S_REPEATED_LEAD] += term.in_lead
                    row[S_REPEATED_BEFORE] += term.first < start
                    row[S_REPEATED_AFTER] += term.last >= end
        row[S_TITLE] /= max(1, self.title_terms)
        row[S_REPEATED] = some
        every, some = max(1.0, every), max(1.0, some)
        row[S_LEAD] /= every
        row[S_BEFORE] /= every
        row[S_AFTER] /= every
        row[S_REPEATED_LEAD] /= some
        row[S_REPEATED_BEFORE] /= some
        row[S_REPEATED_AFTER] /= some

    cdef void look_at_opening(self, double* row, int start, int end) noexcept nogil:
        """What is at the beginning of a section: a heading like the title, a byline."""
        cdef int at
        for at in range(start, min(end, start + self.limits.opening)):
            if self.blocks[at].rank > 0:
                row[S_OPENING_TITLE] = max(row[S_OPENING_TITLE], self.blocks[at].in_title)
            row[S_OPENING_BYLINE] = max(row[S_OPENING_BYLINE], self.blocks[at].byline)
