"""SEED against its definition, and the queue against a plain list."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from curation.learning.objectives.queues import Keys
from curation.learning.objectives.seed import Queue, seed_loss


def unit(n: int, dim: int, seed: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return functional.normalize(torch.randn(n, dim, generator=generator), dim=1)


def test_a_perfect_student_is_left_with_the_entropy() -> None:
    teacher, keys = unit(5, 8, 0), unit(20, 8, 1)
    loss = seed_loss(teacher, teacher, keys, student_temperature=0.3, teacher_temperature=0.3)
    p = (teacher @ keys.T / 0.3).softmax(1)
    assert float(loss) == pytest.approx(float(-(p * p.log()).sum(1).mean()), abs=1e-6)


def test_it_is_the_cross_entropy_of_two_softmaxes() -> None:
    student, teacher, keys = 3 * unit(4, 6, 0), 2 * unit(4, 6, 1), unit(9, 6, 2)
    total = 0.0
    for s, t in zip(student.numpy(), teacher.numpy(), strict=True):
        p = np.exp(keys.numpy() @ (t / np.linalg.norm(t)) / 0.1)
        q = np.exp(keys.numpy() @ (s / np.linalg.norm(s)) / 0.2)
        total -= float((p / p.sum() * np.log(q / q.sum())).sum())
    loss = seed_loss(student, teacher, keys, student_temperature=0.2, teacher_temperature=0.1)
    assert float(loss) == pytest.approx(total / 4, rel=1e-5)


def test_a_sharp_teacher_asks_for_the_pair_itself() -> None:
    teacher = torch.eye(3)
    far = seed_loss(torch.eye(3).roll(1, 0), teacher, teacher)
    near = seed_loss(torch.eye(3), teacher, teacher)
    assert float(near) < float(far)
    assert float(near) == pytest.approx(float(torch.log(1 + 2 * torch.exp(torch.tensor(-5.0)))))


def test_only_the_student_is_taught() -> None:
    student, teacher = unit(4, 6, 0).requires_grad_(), unit(4, 6, 1).requires_grad_()
    queue = Queue(8, 6)
    queue.append(teacher)
    seed_loss(student, teacher.detach(), queue.keys).backward()
    assert student.grad is not None
    assert teacher.grad is None


@pytest.mark.parametrize("batch", [3, 4, 7, 12])
def test_the_queue_forgets_the_oldest(batch: int) -> None:
    rows, queue = unit(48, 5, 3), Queue(7, 5)
    assert queue.keys.shape == (0, 5)
    for start in range(0, 36, batch):
        queue.append(rows[start : start + batch] * 2)
        last = rows[max(start + batch - 7, 0) : start + batch]
        expected = sorted(last.tolist())
        np.testing.assert_allclose(sorted(queue.keys.tolist()), expected, atol=1e-6)


def test_a_queue_knows_whose_its_keys_are() -> None:
    keys = Keys(4, 5)
    keys.remember(unit(3, 5, 0), torch.tensor([5, 6, 7]))
    keys.remember(unit(2, 5, 1), torch.tensor([8, 5]))  # the second one takes the first place
    own = keys.own(torch.tensor([5, 8, 6, 1]))
    assert own is not None
    assert own.tolist() == [
        [True, False, False, False],
        [False, False, False, True],
        [False, True, False, False],
        [False, False, False, False],
    ]
    assert keys.own(None) is None
    keys.remember(unit(2, 5, 2), None)
    own = keys.own(torch.tensor([6]))
    assert own is not None
    assert own.tolist() == [[False] * 4]


def test_a_restored_queue_goes_on_alike() -> None:
    rows, queue, other = unit(20, 5, 3), Queue(7, 5), Queue(7, 5)
    queue.append(rows[:9])
    other.restore(queue.state())
    for one in (queue, other):
        one.append(rows[9:13])
    assert torch.equal(queue.keys, other.keys)
