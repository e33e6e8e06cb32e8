"""Composing and measuring on a Ray cluster of several nodes, which come and go; left out where Ray is not installed."""

import os
from dataclasses import replace

import pytest

from musegen.composers.request import ComposeRequest
from musegen.services.judging.jobs import EvaluateJob
from musegen.services.making import ray_cores
from musegen.services.making.compose import compose
from musegen.services.making.jobs import ComposeJob, ComposeQueue
from musegen.services.making.runner import ThreadRunner
from tests.ray_cluster import LEFT_OUT, RayNodes, wait_for

pytest.importorskip("ray", reason=LEFT_OUT)
pytestmark = pytest.mark.skipif(not os.environ.get("MUSEGEN_WITH_RAY"), reason="tried with MUSEGEN_WITH_RAY=1 alone: a "
                                "cluster takes 1.3 GB and half a minute")  # fmt: skip

FOLK = ComposeRequest("folk", mode="invent", num_bars=8, random_seed=1)


def music(result):
    return [(take.piece, take.random_seed, take.given) for take in result.takes]


@pytest.fixture(scope="module")
def nodes():
    cluster = RayNodes()
    yield cluster
    cluster.end()


@pytest.fixture(scope="module")
def cores(nodes):
    found = ray_cores.RayCores(nodes.attached)
    wait_for(lambda: found.count() == 2, 120)
    yield found
    found.close()


def test_what_is_composed_there_is_what_is_composed_here(cores):
    queue = ComposeQueue(ThreadRunner(8, "compose", call=cores.call))
    requests = [replace(FOLK, random_seed=seed) for seed in range(6)]
    jobs = [queue.start(request, f"person {request.random_seed}") for request in requests]
    assert all(job.wait(60) for job in jobs)
    assert [job.error for job in jobs] == [None] * 6
    assert [music(job.result) for job in jobs] == [music(compose(request)) for request in requests]


def test_refusals_are_the_same_sentences(cores):
    job = ComposeJob(replace(FOLK, num_bars=100_000))
    job.run(cores.call)
    own = ComposeJob(replace(FOLK, num_bars=100_000))
    own.run()
    assert job.error == own.error and job.error.template == own.error.template


def test_music_is_measured_there(cores):
    job = EvaluateJob(["folk"], 3)
    job.run(cores.call)
    assert job.error is None and job.found[0].style_id == "folk" and job.progress > 0.3


def test_a_node_that_is_killed_in_mid_work_costs_a_retry_and_not_a_take(cores, nodes):
    request = replace(FOLK, num_bars=64, num_takes=4)
    own = music(compose(request))
    for _ in range(2):
        job = ComposeJob(request)
        thread = ThreadRunner(1, "compose", call=cores.call)
        thread.submit(job, "me")
        wait_for(lambda job=job: 0.05 < job.progress < 1)
        (busy,) = [name for name, number in cores.busy().items() if number]
        nodes.kill(next(node.node_id for node in nodes.nodes if node.node_id.startswith(busy.split("-")[1])))
        assert job.wait(60) and job.error is None
        assert music(job.result) == own
        came = nodes.add().node_id
        wait_for(lambda came=came: cores.count() == 2 and any(came[:12] in name for name in cores.busy()))


def test_a_machine_with_another_program_is_left_alone_and_so_is_a_cluster_that_is_gone(cores, nodes, monkeypatch):
    cores.close()
    with monkeypatch.context() as then:
        then.setattr(ray_cores, "program_version", lambda: "another")
        other = ray_cores.RayCores(nodes.attached)
        assert music(other.call(compose, (FOLK,), lambda share: None, lambda: False)) == music(compose(FOLK))
        wait_for(lambda: other.refused())
        assert other.count() == 0
        other.close()
