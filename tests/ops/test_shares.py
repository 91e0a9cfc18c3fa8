"""Which web process accepts what comes: the one with the fewest connections, unless it does not."""

from crm.ops.shares import FREE, LEAVING, PATIENCE_SECONDS, Shares, Turn


def looks(turn, at, *moments):
    found = []
    for one in moments:
        at[0] = one * PATIENCE_SECONDS
        found.append(turn.is_mine())
    return found


def process(shares, held, at):
    place = shares.take()
    shares.add(place, held)
    return Turn(shares, place, lambda: at[0])


def test_the_one_with_fewer_takes_it_and_the_other_waits_for_a_moment():
    shares, at = Shares(), [0.0]
    fuller, other = process(shares, 2, at), process(shares, 1, at)
    assert looks(other, at, 100) == [True]
    assert looks(fuller, at, 100, 100.5, 100.9) == [False] * 3
    shares.add(other.place, 2)
    assert looks(fuller, at, 101) == [True] and looks(other, at, 101) == [False]


def test_of_many_that_wait_for_one_who_is_stopped_only_the_first_waits():
    shares, at = Shares(), [0.0]
    working, _stopped = process(shares, 1, at), process(shares, 0, at)
    assert looks(working, at, 100, 100.6, 101.2) == [False, False, True]
    shares.add(working.place, 1)
    assert looks(working, at, 101.3, 101.4, 101.9) == [True] * 3


def test_a_wait_begins_anew_when_the_other_took_one_or_none_came_for_long():
    shares, at = Shares(), [0.0]
    fuller, other = process(shares, 9, at), process(shares, 0, at)
    assert looks(fuller, at, 100, 100.6, 101.2) == [False, False, True]
    assert looks(fuller, at, 105) == [False]
    assert looks(fuller, at, 105.6, 106.2) == [False, True]
    shares.add(other.place, 1)
    assert looks(fuller, at, 106.3) == [False]


def test_nobody_waits_for_a_process_that_leaves_or_is_gone():
    shares, at = Shares(), [0.0]
    working, leaving = process(shares, 3, at), process(shares, 0, at)
    shares.leave(leaving.place)
    assert shares.counts[leaving.place] == LEAVING and looks(working, at, 100) == [True]
    shares.free(leaving.place)
    assert shares.counts[leaving.place] == FREE and looks(working, at, 100) == [True]
    assert shares.take() == leaving.place and looks(working, at, 100) == [False]
