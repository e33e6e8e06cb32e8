"""Work that is done elsewhere gives what it gives here: results, progress, stopping, and errors with all they know."""

import pickle
import threading
import time

import pytest

from musegen import errors
from musegen.errors import CancelledError, ChartError, MusegenError, SeedSyntaxError
from musegen.services.making.background import Job
from musegen.services.making.cores import BrokenWorkError, Core, answer_of, here, program_version
from musegen.services.making.ray_cores import RayCores
from musegen.services.making.runner import ThreadRunner


def elsewhere(core):
    """What has work done by a core, everything pickled on its way there and back."""

    def call(work, arguments, progress, cancelled):
        sent = pickle.loads(pickle.dumps(("key", work, arguments)))
        said = []
        thread = threading.Thread(target=lambda: said.append(pickle.dumps(core.do(*sent))))
        thread.start()
        while thread.is_alive():
            thread.join(0.01)
            progress(core.share("key"))
            if cancelled():
                core.stop("key")
        return answer_of(pickle.loads(said[0]))

    return call


def halved(number, *, progress, cancelled):
    if number < 0:
        raise ZeroDivisionError("below nothing")
    if number == 99:
        raise SeedSyntaxError('There is no note "{name}".', 7, name="H9")
    progress(0.5)
    while number == 1 and not cancelled():
        time.sleep(0.005)
    if cancelled():
        raise CancelledError
    return number / 2


class Halving(Job):
    """A job whose work can be done anywhere."""

    def __init__(self, number):
        super().__init__()
        self.number, self.result, self.error_itself = number, None, None

    def _work(self):
        self.result = self._have_done(halved, self.number)

    def _failed(self, error):
        super()._failed(error)
        self.error_itself = error


@pytest.mark.parametrize("call", [here, elsewhere(Core())], ids=["here", "elsewhere"])
def test_a_job_cannot_tell_where_its_work_is_done(call):
    runner = ThreadRunner(3, "test", call=call)
    jobs = [Halving(number) for number in (8, 99, -1, 1)]
    for job in jobs[:3]:
        runner.submit(job, "me")
        assert job.wait(10)
    done, refused, broken, stopped = jobs
    assert done.result == 4 and done.error is None
    assert refused.error == 'There is no note "H9".' and refused.error.values == {"name": "H9"}
    assert isinstance(refused.error_itself, SeedSyntaxError) and refused.error_itself.position == 7
    assert broken.error == Job.unexpected
    runner.submit(stopped, "me")
    while stopped.progress < 0.5:
        time.sleep(0.005)
    stopped.cancel()
    assert stopped.wait(10) and stopped.cancelled and stopped.result is None and stopped.error is None


@pytest.mark.parametrize("kind", [getattr(errors, name) for name in vars(errors) if name.endswith("Error")])
def test_every_error_comes_back_whole(kind):
    more = (3,) if kind is SeedSyntaxError else ("X7", 2, "Xm7", 5) if kind is ChartError else ()
    error = kind("A {what} is wrong." if kind is not ChartError else "A chord is wrong.", *more,
                 **({"what": "note"} if kind is not ChartError else {}))  # fmt: skip

    def refuse(*, progress, cancelled):
        raise error

    with pytest.raises(kind) as caught:
        answer_of(pickle.loads(pickle.dumps(Core().do("key", refuse, ()))))
    assert (str(caught.value), vars(caught.value)) == (str(error), vars(error))


def test_a_defect_elsewhere_is_told_with_where_it_is():
    with pytest.raises(BrokenWorkError, match="in halved(.|\n)*ZeroDivisionError: below nothing"):
        answer_of(Core().do("key", halved, (-2,)))


def test_the_version_is_that_of_the_source():
    assert Core().version() == program_version() and len(program_version()) == 16


def test_where_no_cluster_is_the_work_is_done_here(caplog):
    pytest.importorskip("ray", reason="Ray is not installed (requirements-ray.txt)")
    cores = RayCores("ray-is-not-there:1")
    assert cores.call(halved, (8,), lambda share: None, lambda: False) == 4
    with pytest.raises(MusegenError, match="no note"):
        cores.call(halved, (99,), lambda share: None, lambda: False)
    assert cores.count() == 0
