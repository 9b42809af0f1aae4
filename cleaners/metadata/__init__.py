"""What a page says of itself: title, people, dates, licence; for each field candidates, best first, with
their origin.
"""
