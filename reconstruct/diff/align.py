"""The cheapest way to turn one list of steps into another.

The cost, in thousandths of a step: a step added or removed costs 1000, an equal step nothing, and a changed step what the
caller's `cost` returns (None: the two can't be the same step). The result has the least total cost; among
alignments of equal cost, equal steps are paired as early as possible.

The search is A* over the edit graph. If the next two steps are equal they are paired at once, which keeps the
optimum: with a uniform cost for adding and removing, any alignment that pairs the first of two equal heads with a
later step can be replaced by one that pairs the heads, at no greater cost. So equal stretches cost one comparison per
step, and the nodes visited are at most the product of the lengths of the differing stretches.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence

STEP = 1000

# Beyond this many pairs of steps the search is split at steps that occur once on each side (see `align`): histories
# of 500 steps with nothing in common. It limits memory: a node takes some hundred bytes.
LIMIT = 250_000

Pairing = list[tuple[int | None, int | None]]
Node = tuple[int, int]


def align(
    old: int,
    new: int,
    equal: Callable[[int, int], bool],
    cost: Callable[[int, int], int | None],
    anchors: Callable[[], Sequence[Node]] = tuple,
    limit: int = LIMIT,
    coarse: Callable[[int], None] = lambda steps: None,
) -> tuple[Pairing, int]:
    """Aligns `range(old)` with `range(new)`: ((old or None, new or None) in order, total cost).

    `equal` and `cost` compare two positions. `anchors` returns pairs of equal positions, increasing on both sides. It is
    called only if the differing part has more than `limit` pairs; the alignment is then optimal between anchors.
    Stretches still beyond the limit count as completely removed and added, and `coarse` gets their number of steps.
    """
    head = 0
    while head < old and head < new and equal(head, head):
        head += 1
    tail = 0
    while tail < old - head and tail < new - head and equal(old - 1 - tail, new - 1 - tail):
        tail += 1
    pairs: Pairing = [(i, i) for i in range(head)]
    total = 0
    for start, end in _stretches((head, head), (old - tail, new - tail), anchors, limit):
        if (end[0] - start[0]) * (end[1] - start[1]) > limit:
            part: Pairing = [(i, None) for i in range(start[0], end[0])]
            part += [(None, j) for j in range(start[1], end[1])]
            spent = STEP * len(part)
            coarse(len(part))
        else:
            part, spent = _search(start, end, equal, cost)
        pairs += part
        total += spent
    pairs += [(old - tail + k, new - tail + k) for k in range(tail)]
    return pairs, total


def _stretches(start: Node, end: Node, anchors: Callable[[], Sequence[Node]], limit: int) -> list[tuple[Node, Node]]:
    """The stretches to search: everything, or the parts between the anchors if that is too much."""
    if (end[0] - start[0]) * (end[1] - start[1]) <= limit:
        return [(start, end)]
    borders = [node for node in anchors() if start[0] <= node[0] < end[0] and start[1] <= node[1] < end[1]]
    return list(zip([start, *borders], [*borders, end], strict=True))


def _search(
    start: Node, end: Node, equal: Callable[[int, int], bool], cost: Callable[[int, int], int | None]
) -> tuple[Pairing, int]:
    """A* from `start` to `end`. The estimate is the surplus on one side, which must be added or removed."""

    def slide(node: Node) -> Node:
        i, j = node
        while i < end[0] and j < end[1] and equal(i, j):
            i, j = i + 1, j + 1
        return i, j

    def estimate(node: Node) -> int:
        return STEP * abs((end[0] - node[0]) - (end[1] - node[1]))

    first = slide(start)
    best: dict[Node, int] = {first: 0}
    # A node's predecessor, before its equal stretch was skipped.
    came: dict[Node, tuple[Node, Node]] = {}
    # Ties go to the node that is furthest, then to the one with more of the old side done: removed before added.
    queue = [(estimate(first), -sum(first), -first[0], first)]
    done: set[Node] = set()
    while queue:
        _, _, _, node = heapq.heappop(queue)
        if node in done:
            continue
        done.add(node)
        if node == end:
            break
        i, j = node
        spent = best[node]
        for step, price in _edges(i, j, end, cost):
            arrived = slide(step)
            reached = spent + price
            if reached < best.get(arrived, reached + 1):
                best[arrived] = reached
                came[arrived] = (node, step)
                heapq.heappush(queue, (reached + estimate(arrived), -sum(arrived), -arrived[0], arrived))
    return _trace(start, first, end, came), best[end]


def _edges(i: int, j: int, end: Node, cost: Callable[[int, int], int | None]) -> list[tuple[Node, int]]:
    edges = []
    if i < end[0] and j < end[1]:
        price = cost(i, j)
        if price is not None:
            edges.append(((i + 1, j + 1), price))
    if i < end[0]:
        edges.append(((i + 1, j), STEP))
    if j < end[1]:
        edges.append(((i, j + 1), STEP))
    return edges


def _trace(start: Node, first: Node, end: Node, came: dict[Node, tuple[Node, Node]]) -> Pairing:
    pairs: Pairing = []
    node = end
    while node != first:
        left, step = came[node]
        pairs.extend((node[0] - 1 - k, node[1] - 1 - k) for k in range(node[0] - step[0]))
        i, j = left
        pairs.append((i if step[0] > i else None, j if step[1] > j else None))
        node = left
    pairs.extend((first[0] - 1 - k, first[1] - 1 - k) for k in range(first[0] - start[0]))
    pairs.reverse()
    return pairs


def increasing(pairs: Sequence[Node]) -> list[Node]:
    """The longest chain of `pairs` (sorted by the old position) that increases on the new side too. O(n log n)."""
    from bisect import bisect_left

    tails: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    for index, (_, new) in enumerate(pairs):
        at = bisect_left(tails, new)
        before.append(ends[at - 1] if at else -1)
        if at == len(tails):
            tails.append(new)
            ends.append(index)
        else:
            tails[at], ends[at] = new, index
    chain = []
    index = ends[-1] if ends else -1
    while index >= 0:
        chain.append(pairs[index])
        index = before[index]
    return chain[::-1]
