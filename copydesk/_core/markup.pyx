# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""What is done with a page's whole text, compiled: quick necessary conditions, which spare nearly all pages a slow
pattern, and a text without its white space.

A condition may be wrong only in saying yes: then patterns look. All is read in UTF-8, where a letter beyond
ASCII that may matter (white space, a letter that is "s" or "i" in another case) is a yes. Nothing is searched from two
places: the time grows with the text. The text is encoded once: Python keeps what it encoded for the parser as well.
"""
from cpython.mem cimport PyMem_Free, PyMem_Malloc
from cpython.unicode cimport PyUnicode_DecodeUTF8
from libc.string cimport memchr, memcmp, strlen

cdef extern from "Python.h":
    const char* PyUnicode_AsUTF8AndSize(object text, Py_ssize_t* size) except NULL

ctypedef const unsigned char* Bytes
ctypedef const char* Word

cdef bint[256] _SPACE  # the same as `\s` below 128
for _code in range(256):
    _SPACE[_code] = _code < 128 and chr(_code).isspace()
# elements that hold no tags, as in `html_tree._TAG`
cdef Word[8] _RAW
_RAW[:] = [b"script", b"style", b"title", b"textarea", b"iframe", b"noembed", b"noframes", b"xmp"]


cdef Bytes utf_8(text, Py_ssize_t* size):
    """The text in UTF-8, with a zero behind it; NULL where it holds a lone surrogate."""
    try:
        return <Bytes>PyUnicode_AsUTF8AndSize(text, size)
    except UnicodeEncodeError:
        return NULL


# -- tags -------------------------------------------------------------------------------------------------------------


def may_have_many_attributes(markup, int most) -> bool:
    """Whether a tag in the markup, as ``html_tree._TAG`` reads tags, may have more than ``most`` attributes."""
    cdef Py_ssize_t size = 0
    cdef Bytes at = utf_8(markup, &size), start, end
    if at == NULL:
        return True
    end = at + size
    while True:
        at = find(at, end, c"<")
        if at == end or at + 1 == end:
            return False
        start = at
        at += 1
        if at[0] >= 128:  # "ſcript"
            return True
        if at[0] == c"!":
            at = behind_remark(at, end)
        elif c"a" <= at[0] | 32 <= c"z":
            at = behind_tag(at, end)
            if at == NULL or (at - start > 2 * most and may_be_many(start, at, most)):
                return True
            at = behind_content(start + 1, at, end)
            if at == NULL:
                return True


cdef inline Bytes find(Bytes at, Bytes end, unsigned char char) noexcept nogil:
    """Where the character is next, or the end."""
    cdef Bytes found = <Bytes>memchr(at, char, end - at)
    return end if found == NULL else found


cdef Bytes behind_remark(Bytes at, Bytes end) noexcept nogil:
    """Where what begins with "!" ends, if it is a remark."""
    if end - at < 3 or memcmp(at, b"!--", 3):
        return at
    at += 3
    if at < end and at[0] == c">":
        return at
    if end - at >= 2 and at[0] == c"-" and at[1] == c">":
        return at
    while True:
        at = find(at, end, c"-")
        if end - at < 3:
            return end
        if at[1] == c"-" and (at[2] == c">" or (at[2] == c"!" and end - at > 3 and at[3] == c">")):
            return at
        at += 1


cdef Bytes behind_tag(Bytes at, Bytes end) noexcept nogil:
    """The ">" of a tag, which none in a value is, or the end; NULL: that depends on letters beyond ASCII."""
    while at < end and at[0] != c">":
        if at[0] != c"=":
            at += 1
            continue
        at += 1
        while at < end and _SPACE[at[0]]:
            at += 1
        if at == end:
            break
        if at[0] == c'"' or at[0] == c"'":
            at = find(at + 1, end, at[0])
            at += at < end
            continue
        while at < end and at[0] != c">" and not _SPACE[at[0]]:
            if at[0] >= 128:
                return NULL
            at += 1
    return at


cdef bint may_be_many(Bytes at, Bytes end, int most) noexcept nogil:
    """Whether there are so many places in a tag where an attribute may begin: behind white space, "/" and quotes.

    In values as well: ``html_tree._MOST_OF_A_TAG`` reads some, such as that of ``/="a b"``, as attributes.
    """
    cdef Py_ssize_t count = 0
    while at < end:
        count += _SPACE[at[0]] or at[0] == c"/" or at[0] == c'"' or at[0] == c"'" or at[0] >= 0xC0
        at += 1
    return count >= most


cdef Bytes behind_content(Bytes name, Bytes at, Bytes end) noexcept nogil:
    """Where the content of an element ends that holds no tags; the same place for others. NULL as for tags."""
    cdef int which = 0, found = 0
    for which in range(8):
        found = begins_with(name, at, _RAW[which])
        if found:
            break
    if not found:
        return at
    if found < 0:
        return NULL
    name += strlen(_RAW[which])
    if name == end:
        return at
    if name[0] >= 128:
        return NULL
    if not (_SPACE[name[0]] or name[0] == c"/" or name[0] == c">"):
        return at
    while True:
        at = find(at, end, c"<")
        if end - at < 2:
            return end
        if at[1] == c"/":
            found = begins_with(at + 2, end, _RAW[which])
            if found:
                return at if found > 0 else NULL
        at += 1


cdef int begins_with(Bytes at, Bytes end, Word word) noexcept nogil:
    """Whether a word in small letters is here in any case; -1: letters beyond ASCII decide."""
    while word[0]:
        if at == end:
            return 0
        if at[0] >= 128:
            return -1
        if at[0] | 32 != word[0]:
            return 0
        at += 1
        word += 1
    return 1


# -- words ------------------------------------------------------------------------------------------------------------


def holds(text, word) -> bool:
    """``word in text``"""
    cdef Py_ssize_t size = 0, length = 0, at = 0, middle, last, stop
    cdef Bytes bytes = utf_8(text, &size), sought = utf_8(word, &length)
    cdef unsigned char found
    if bytes == NULL or sought == NULL or length < 2:
        return word in text
    middle, last = length // 2, length - 1
    size -= last
    while at < size:
        stop, found = min(at + 4096, size), 0
        # four of its letters without branches: so a compiler looks at many bytes at once
        for at in range(at, stop):
            found |= (
                (bytes[at] == sought[0]) & (bytes[at + 1] == sought[1])
                & (bytes[at + middle] == sought[middle]) & (bytes[at + last] == sought[last])
            )
        if found:
            for at in range(max(0, stop - 4096), stop):
                if memcmp(bytes + at, sought, length) == 0:
                    return True
        at = stop
    return False


# -- citation marks ---------------------------------------------------------------------------------------------------


def may_hold_marks(text) -> bool:
    """Whether something is in the text without which ``citation_marks.may_hold_marks`` finds nothing."""
    cdef Py_ssize_t size = 0, at = 0, stop
    cdef Bytes bytes = utf_8(text, &size)
    cdef unsigned char found = 0, one, two, three, four, is_number
    if bytes == NULL:
        return True
    while at < size - 2:
        stop = min(at + 4096, size - 2)
        # no branches, as above. The last four may end with the zero behind the text
        for at in range(at, stop):
            one, two, three, four = bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]
            found |= (one == c"o") & (two == c"a") & (three == c"i") & ((four == c"c") | (four == c"_"))
            found |= (one == 0xE2) & (two == 0x80) & (three == 0xA0)  # "†"
            found |= (one == c";") & (two == c"b") & (three == c"a") & (four == c"s")  # ";base64,"
            # "turn0", in digits of any script
            is_number = (<unsigned char>(four - c"0") < 10) | (four >= 128)
            found |= (one == c"u") & (two == c"r") & (three == c"n") & is_number
        if found:
            return True
        at = stop
    return False


# -- damage -----------------------------------------------------------------------------------------------------------


def may_need_repair(text) -> bool:
    """Whether something is in the text without which none of ``repair.REPAIRS`` has anything to do."""
    cdef Py_ssize_t size = 0, at = 0, stop
    cdef Bytes bytes = utf_8(text, &size)
    cdef unsigned char found = 0, one, two, three
    if bytes == NULL:
        return True
    for at in range(max(0, size - 2), size):
        found |= is_control(bytes[at], bytes[at + 1])
    at = 0
    while at < size - 2 and not found:
        stop = min(at + 4096, size - 2)
        for at in range(at, stop):  # as above
            one, two, three = bytes[at], bytes[at + 1], bytes[at + 2]
            found |= is_control(one, two)
            # selectors, of which manifests are made; no letters
            found |= (one == 0xEF) & (two == 0xB8) & (three < 0x90)
            found |= (one == 0xF3) | (one == 0xEF) & (two == 0xBF) & (three >= 0xBE)
            # UTF-8 that was read as Windows-1252 or by a code page of DOS: a letter beyond ASCII behind one of these
            found |= (one == 0xC3) & (two >= 0x82) & (two <= 0xB4) & (three >= 0xC2) & (three != 0xC3)
            found |= (one == 0xC3) & ((two == 0x90) | (two == 0x94) | (two == 0xB0)) & (three >= 0xC2)
            found |= (one == 0xCE) & (two == 0x93) | (one == 0xE2) & ((two == 0x94) | (two == 0x95))
        at = stop
    return bool(found)


cdef inline unsigned char is_control(unsigned char one, unsigned char two) noexcept nogil:
    """Whether a control of ASCII or C1 is here, white space aside."""
    return (
        (one < 32) & (one != c"\t") & (one != c"\n") & (one != c"\r")
        | (one == 127) | (one == 0xC2) & (two < 0xA0)
    )


# -- white space ------------------------------------------------------------------------------------------------------


def without_space(text) -> str:
    """``"".join(text.split())``"""
    cdef Py_ssize_t size = 0
    cdef Bytes at = utf_8(text, &size), end
    cdef unsigned char* kept
    cdef unsigned char* to
    cdef int width
    if at == NULL:
        return "".join(text.split())
    kept = to = <unsigned char*>PyMem_Malloc(size + 1)
    if kept == NULL:
        raise MemoryError
    end = at + size
    while at < end:
        to[0] = at[0]
        if at[0] < 128:
            to += not _SPACE[at[0]]
            at += 1
            continue
        width = width_of_space(at) if at[0] >= 0xC2 and at[0] <= 0xE3 else 0
        to += width == 0
        at += width or 1
    try:
        return PyUnicode_DecodeUTF8(<char*>kept, to - kept, NULL)
    finally:
        PyMem_Free(kept)


cdef int width_of_space(Bytes at) noexcept nogil:
    """How many bytes white space beyond ASCII has; 0: it is none."""
    if at[0] == 0xC2:
        return 2 if at[1] == 0x85 or at[1] == 0xA0 else 0
    if at[0] == 0xE1:
        return 3 if at[1] == 0x9A and at[2] == 0x80 else 0
    if at[0] == 0xE2 and at[1] == 0x80:
        return 3 if at[2] <= 0x8A or at[2] == 0xA8 or at[2] == 0xA9 or at[2] == 0xAF else 0
    if at[0] == 0xE2:
        return 3 if at[1] == 0x81 and at[2] == 0x9F else 0
    return 3 if at[0] == 0xE3 and at[1] == 0x80 and at[2] == 0x80 else 0
