"""What this room tells the rooms below: a role withdrawn for cause makes signatures fall (XT-10)."""

from governance.reviews import actions
from governance.roles import registry

registry.on_revoked_for_cause(actions.fall_for_cause)
