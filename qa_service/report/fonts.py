"""The font of charts and PDFs: Noto Sans SC (OFL 1.1), which comes with a Python package; no font of the machine."""

import pylopdf_fonts_zh_cn

FONT_FOLDER = pylopdf_fonts_zh_cn.sans_path().parent
FAMILY = "Noto Sans SC"
