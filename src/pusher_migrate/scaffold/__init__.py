"""Write the manager's missing methods: what a legacy call sends becomes the body of a new method.

`propose` says which parameters such a method should have, `sending` expresses a call's channel and
payload in terms of them, `style` reads from its neighbours how the manager writes its methods, and
`writing` turns both into text and edits. Nothing here decides what is applied.
"""

from __future__ import annotations
