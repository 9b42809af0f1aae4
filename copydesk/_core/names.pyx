# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""What words in elements' names and in addresses stand for: words that were met before are found in a table, addresses
are taken apart where they lie.

Words met first, and addresses beyond ASCII, are asked of functions of Python.
"""
from cpython.unicode cimport PyUnicode_DecodeUTF8
from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memcmp, memcpy, memset, strncmp

from math import log1p

cdef extern from "Python.h":
    const char* PyUnicode_AsUTF8AndSize(object text, Py_ssize_t* size) except NULL

cdef enum:
    # a word has one of four places, and takes another's where they are full: no page makes a search long
    SETS = 4096
    WAYS = 4
    LONGEST = 40  # letters of a word in the table
    MOST_OF_WORD = 8  # its numbers
    PARTS = 64  # of 64 bits each
    MOST = 4096  # numbers there may be: bits of all parts
    SHAPES = 11  # as in link_features.py, and so are these
    MAX_URL_CHARS = 500
    SHORT_SLUG = 2
    MOST_DEPTH = 8
    MOST_DIGITS = 16

MOST_NUMBERS = MOST
cdef double OWN_SHARE = 0.3

cdef struct Numbers:
    # a set of numbers, each a bit
    uint64_t bits[PARTS]

cdef struct Word:
    char letters[LONGEST]
    uint8_t size, count
    uint16_t numbers[MOST_OF_WORD]


cdef class WordNumbers:
    """The numbers of all words of a text. ``look_up`` gives those of a word, each below ``count``; ``longest``: where a
    run of letters is cut in two.
    """

    cdef object look_up
    cdef int count, longest
    cdef uint32_t next_way
    cdef Word* words

    def __cinit__(self, look_up, int count, int longest):
        if not 0 <= count <= MOST or longest > LONGEST:
            raise ValueError(f"at most {MOST} numbers, words of at most {LONGEST} letters")
        self.look_up, self.count, self.longest = look_up, count, longest
        self.words = <Word*>calloc(SETS * WAYS, sizeof(Word))
        if self.words == NULL:
            raise MemoryError

    def __dealloc__(self):
        free(self.words)

    def find(self, str text not None, str tag=None):
        """The numbers of all words of a text, and of ``<`` and a tag, each once, in rising order."""
        cdef Numbers found  # not the object's own: another thread may come in while `look_up` runs
        self.read(text, tag, &found)
        return tuple(self.listed(&found))

    def sum_rows(self, names, const float[:, ::1] rows not None, double[:, ::1] sums not None):
        """Into zeros, for each name (a tag and words) the sum of the rows of its numbers; none of one without a tag."""
        cdef Numbers found
        cdef Py_ssize_t place, column
        cdef int at, number
        if len(names) != sums.shape[0] or rows.shape[0] < self.count or rows.shape[1] != sums.shape[1]:
            raise ValueError("a row for each number, a sum for each name")
        for place, (tag, words) in enumerate(names):
            if not tag:
                continue
            self.read(words, tag, &found)
            for at in range((self.count + 63) // 64):
                number = at * 64
                while found.bits[at]:
                    if found.bits[at] & 1:
                        for column in range(rows.shape[1]):
                            sums[place, column] += rows[number, column]
                    found.bits[at] >>= 1
                    number += 1

    cdef int read(self, str text, str tag, Numbers* found) except -1:
        """The numbers of all words of a text, and of ``<`` and a tag."""
        cdef Py_ssize_t size
        cdef const char* letters
        self.clear(found)
        if tag is not None:
            tag = f"<{tag}"
            if len(tag) <= LONGEST and tag.isascii():
                letters = PyUnicode_AsUTF8AndSize(tag, &size)
                self.add_word(letters, <int>size, found)
            else:
                self.add_numbers(self.look_up(tag), found)
        try:
            letters = PyUnicode_AsUTF8AndSize(text, &size)
        except UnicodeEncodeError:  # lone surrogates part words as all other letters do
            text = text.encode("ascii", "replace").decode("ascii")
            letters = PyUnicode_AsUTF8AndSize(text, &size)
        return self.add(letters, size, found)

    cdef inline void clear(self, Numbers* found) noexcept nogil:
        memset(found.bits, 0, (self.count + 63) // 64 * sizeof(uint64_t))

    cdef list listed(self, Numbers* found):
        cdef list numbers = []
        cdef int at, number
        cdef uint64_t bits
        for at in range((self.count + 63) // 64):
            bits, number = found.bits[at], at * 64
            while bits:
                while not bits & 0xFF:
                    bits, number = bits >> 8, number + 8
                if bits & 1:
                    numbers.append(number)
                bits, number = bits >> 1, number + 1
        return numbers

    cdef int add(self, const char* text, Py_ssize_t size, Numbers* found) except -1:
        """The numbers of all runs of two letters and more."""
        cdef Py_ssize_t at = 0, start
        while at < size:
            start = at
            while at < size and c"a" <= text[at] <= c"z" and at - start < self.longest:
                at += 1
            if at - start > 1:
                self.add_word(text + start, <int>(at - start), found)
            elif at == start:
                at += 1
        return 0

    cdef int add_word(self, const char* letters, int size, Numbers* found) except -1:
        cdef uint32_t hash = 2166136261
        cdef int at, way
        cdef Word* word
        for at in range(size):
            hash = (hash ^ <unsigned char>letters[at]) * 16777619
        cdef Word* ways = &self.words[((hash ^ hash >> 15) & (SETS - 1)) * WAYS]
        for way in range(WAYS):
            word = &ways[way]
            if word.size == size and memcmp(word.letters, letters, size) == 0:
                for at in range(word.count):
                    found.bits[word.numbers[at] >> 6] |= <uint64_t>1 << (word.numbers[at] & 63)
                return 0
        return self.add_unmet(ways, letters, size, found)

    cdef int add_unmet(self, Word* ways, const char* letters, int size, Numbers* found) except -1:
        cdef tuple numbers = tuple(self.look_up(PyUnicode_DecodeUTF8(letters, size, NULL)))
        cdef Word* word = &ways[self.next_way & (WAYS - 1)]
        cdef int at
        self.add_numbers(numbers, found)
        if len(numbers) <= MOST_OF_WORD:
            self.next_way += 1
            memcpy(word.letters, letters, size)
            word.size, word.count = size, len(numbers)
            for at in range(word.count):
                word.numbers[at] = numbers[at]
        return 0

    cdef int add_numbers(self, numbers, Numbers* found) except -1:
        cdef int number
        for number in numbers:
            if not 0 <= number < self.count:
                raise IndexError(f"no number below {self.count}: {number}")
            found.bits[number >> 6] |= <uint64_t>1 << (number & 63)
        return 0


cdef struct Address:
    int times  # that it occurs
    int row  # where it occurs first
    const char* text
    int host, host_end, path, path_end
    bint is_page, is_fragment, has_query


cdef class LinkTable:
    """Measures of where the blocks of a page lead. ``kinds``: of words; the others: as in ``link_features.py``."""

    cdef WordNumbers kinds
    cdef object read_target, measure_target, domain_of_host

    def __cinit__(self, WordNumbers kinds not None, read_target, measure_target, domain_of_host):
        self.kinds, self.domain_of_host = kinds, domain_of_host
        self.read_target, self.measure_target = read_target, measure_target

    def fill(self, list urls not None, double[:, ::1] table not None):
        """Into a table of zeros, a row of measures for each address that is not empty."""
        cdef int count = len(urls), width = SHAPES + self.kinds.count
        cdef int at, place
        cdef dict places = {}
        cdef Address* addresses
        if table.shape[0] != count or table.shape[1] != width:
            raise ValueError("a row for each address, a column for each measure")
        addresses = <Address*>calloc(count + 1, sizeof(Address))
        if addresses == NULL:
            raise MemoryError
        try:
            for at, url in enumerate(urls):
                if url:
                    place = places.setdefault(url, len(places))
                    if addresses[place].times == 0:
                        addresses[place].row = at
                    addresses[place].times += 1
            self.measure_all(list(places), addresses, table)
            for at, url in enumerate(urls):
                if url:
                    place = addresses[<int>places[url]].row
                    if place != at:
                        memcpy(&table[at, 0], &table[place, 0], width * sizeof(double))
        finally:
            free(addresses)

    cdef int measure_all(self, list urls, Address* addresses, double[:, ::1] table) except -1:
        """The rows of all addresses where they occur first."""
        cdef int place, at, pages = 0
        cdef double* row
        cdef Address* address
        cdef str text
        cdef list texts = [], targets = [], domains = []  # texts: addresses point into them
        cdef dict known = {"": ""}, times = {}
        for place, url in enumerate(urls):
            address = &addresses[place]
            text = url[:MAX_URL_CHARS].strip().lower()
            texts.append(text)
            if text.isascii():
                read_address(text, address)
                target, host = None, text[address.host:address.host_end]
            else:
                target = self.read_target(url)
                host, address.is_page = target.host, target.kind == "page"
            targets.append(target)
            domain = known.get(host)
            if domain is None:
                domain = known[host] = self.domain_of_host(host)
            domains.append(domain)
            if address.is_page:
                pages += address.times
                if domain:
                    times[domain] = times.get(domain, 0) + address.times
        own = max(times, key=times.get) if times else ""
        if times and times[own] < OWN_SHARE * pages:
            own = ""
        for place, target in enumerate(targets):
            address = &addresses[place]
            row = &table[address.row, 0]
            if target is None:
                self.measure(address, address.is_page and domains[place] in ("", own), row)
            else:
                shape, kinds = self.measure_target(target, own, address.times)
                for at, value in enumerate(shape):
                    row[at] = value
                for at in kinds:
                    row[SHAPES + at] = 1.0
        return 0

    cdef int measure(self, Address* address, bint is_own, double* row) except -1:
        cdef const char* text = address.text
        cdef int at, last = address.path, words = 0, digits = 0, steps = address.path_end > address.path
        cdef bint is_within = False
        cdef Numbers kinds
        for at in range(address.path, address.path_end):
            is_digit = c"0" <= text[at] <= c"9"
            digits += is_digit
            if text[at] == c"/":
                steps, last, words, is_within = steps + 1, at + 1, 0, False
            elif is_digit or c"a" <= text[at] <= c"z":
                words += not is_within
                is_within = True
            else:
                is_within = False
        row[0] = 1.0
        row[1], row[2] = address.is_fragment, not (address.is_page or address.is_fragment)
        row[3], row[4] = is_own, address.is_page and not is_own
        row[5] = is_own and not steps
        row[6] = min(steps, MOST_DEPTH)
        row[7] = log1p(words)
        row[8] = min(digits, MOST_DIGITS)
        row[9] = address.has_query
        row[10] = log1p(address.times)
        self.kinds.clear(&kinds)
        if not is_own:
            self.kinds.add(text + address.host, address.host_end - address.host, &kinds)
        at = address.path_end if words <= SHORT_SLUG else last
        self.kinds.add(text + address.path, at - address.path, &kinds)
        for at in self.kinds.listed(&kinds):
            row[SHAPES + at] = 1.0
        return 0


cdef int read_address(str whole, Address* address) except -1:
    """The parts of an address in lower case, all ASCII, as ``read_target`` parts it."""
    cdef Py_ssize_t size
    cdef const char* text = PyUnicode_AsUTF8AndSize(whole, &size)
    cdef int end = <int>size, at = 0
    cdef int scheme = 5 if strncmp(text, b"http:", 5) == 0 else 6 if strncmp(text, b"https:", 6) == 0 else 0
    address.text = text
    address.is_fragment = text[0] == c"#"
    if not scheme and c"a" <= text[0] <= c"z":
        while is_of_scheme(text[at]):
            at += 1
    address.is_page = not (address.is_fragment or (at and text[at] == c":"))
    if not address.is_page:
        return 0
    at = 0
    if text[scheme] == c"/" and text[scheme + 1] == c"/":
        at = address.host = scheme + 2
        while at < end and text[at] != c"/" and text[at] != c"?" and text[at] != c"#":
            at += 1
        address.path = at
        read_host(address)
    address.path = at
    while at < end and text[at] != c"?" and text[at] != c"#":
        at += 1
    address.path_end = at
    address.has_query = at + 1 < end and text[at] == c"?" and text[at + 1] != c"#"
    while address.path < address.path_end and text[address.path] == c"/":
        address.path += 1
    while address.path < address.path_end and text[address.path_end - 1] == c"/":
        address.path_end -= 1
    return 0


cdef void read_host(Address* address) noexcept nogil:
    """The host between two slashes and the path: behind a user, before a port."""
    cdef int at
    for at in range(address.host, address.path):
        if address.text[at] == c"@":
            address.host = at + 1
            break
    address.host_end = address.host
    while address.host_end < address.path and address.text[address.host_end] != c":":
        address.host_end += 1


cdef inline bint is_of_scheme(char char) noexcept nogil:
    return c"a" <= char <= c"z" or c"0" <= char <= c"9" or char == c"+" or char == c"." or char == c"-"
