"""How much text YouTube takes with a video.

Belongs here: the figures that both the writer, who keeps within them, and the publisher, who checks
them before anything is sent, go by. https://developers.google.com/youtube/v3/docs/videos#properties
"""

MAX_TITLE_CHARS = 100
MAX_DESCRIPTION_BYTES = 5_000
MAX_TAGS_CHARS = 500
"""All tags together, with a comma between them and quotation marks around one with a space."""
