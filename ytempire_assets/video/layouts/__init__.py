"""One module per layout, the choice among them, and the door to them all (``design_scene``)."""

from ytempire_assets.video.layouts.choose import choose_layout, takes_picture
from ytempire_assets.video.layouts.design import LAYOUTS, design_scene

__all__ = ["LAYOUTS", "choose_layout", "design_scene", "takes_picture"]
