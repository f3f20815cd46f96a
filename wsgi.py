"""What a production server loads: `gunicorn wsgi:application`.

All that is loaded stays, so no garbage is looked for meanwhile (a sixth of the start), nor among it later: each search
would go through its hundred and sixty thousand objects, a tenth of what five hundred decisions cost.
"""

import gc

gc.disable()

from app.config import Config  # noqa: E402
from app.factory import create_app  # noqa: E402

application = create_app(Config.from_environ())

gc.freeze()
gc.enable()
