"""Nobody watches unseen (G6)."""

from support.keyholder_world import World


async def test_the_road_is_open(world: World) -> None:
    viewing = await world.approved()
    status, answer = await world.ask(viewing)
    assert status == 200, answer
    assert world.opened(answer) == world.film.share
