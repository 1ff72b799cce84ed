"""Files of one city: taken, attached by whoever uploaded them, read, swept, forgotten."""

from datetime import timedelta

import pytest

from core.files import store
from core.files.store import Purpose
from core.identity import own_data
from core.kit.actor import Anonymous, ResidentActor
from core.kit.errors import Invalid, SignInNeeded
from core.kit.ids import new_id
from tests.features.polls.build import resident
from tests.files import samples

ANYTHING = Purpose(pictures=True, documents=True, most_bytes=10 * 1024 * 1024, most=3)
PICTURES = Purpose(pictures=True, documents=False, most_bytes=10 * 1024 * 1024, most=3)
PAPERS = Purpose(pictures=False, documents=True, most_bytes=4096 * 16, most=3)


@pytest.fixture
def person(work, city):
    with work(city) as w:
        return ResidentActor(resident(w))


@pytest.fixture
def stranger(work, city):
    with work(city) as w:
        return ResidentActor(resident(w))


def upload(work, name="двор.jpg", content=None, purpose=ANYTHING):
    return store.accept(
        work, name=name, content=content if content is not None else samples.jpeg(), purpose=purpose
    )


def message(raised):
    return raised.value.fields["files"]


def test_a_picture_is_kept_in_two_sizes_and_a_document_as_it_is(work, city, person):
    with work(city, person) as w:
        picture = upload(w)
        paper = upload(w, "смета.exe", original := samples.docx_file())
        store.attach(w, [paper.id, picture.id], owner="idea:1")
    with work(city) as w:
        files = store.of_owner(w.session, "idea:1")
        assert [one.name for one in files] == ["смета.docx", "двор.webp"]
        assert [one.is_picture for one in files] == [False, True]
        large = store.content(w.session, picture.id)
        thumb = store.content(w.session, picture.id, variant="thumb")
        assert large
        assert thumb
        assert len(thumb.content) < len(large.content)
        assert large.media_type == thumb.media_type == "image/webp"
        assert store.content(w.session, picture.id, variant="original") == large
        kept = store.content(w.session, paper.id, variant="thumb")
        assert kept
        assert (kept.content, kept.name) == (original, "смета.docx")
        assert store.content(w.session, new_id()) is None
        assert store.owner_of(w.session, paper.id) == "idea:1"


@pytest.mark.parametrize(
    ("content", "purpose", "words"),
    [
        (b"", ANYTHING, "пуст"),
        (b"hello", ANYTHING, "Подойдут картинки"),
        (b"hello", PICTURES, "не похоже на картинку"),
        (samples.pdf_file(), PICTURES, "не похоже на картинку"),
        (samples.png(), PAPERS, "Подойдут PDF"),
        (b"%PDF-" + b" " * 70_000, PAPERS, "0,1 МБ"),
    ],
)
def test_what_is_not_taken_is_said_in_both_languages(work, city, person, content, purpose, words):
    with work(city, person) as w, pytest.raises(Invalid) as refused:
        upload(w, "x", content, purpose)
    assert words in message(refused).ru
    assert message(refused).en


def test_nobody_uploads_without_signing_in(work, city):
    with work(city, Anonymous()) as w, pytest.raises(SignInNeeded):
        upload(w)


def test_only_one_s_own_waiting_files_are_attached(work, city, person, stranger):
    with work(city, person) as w:
        mine = upload(w)
        assert store.waiting(w, [mine.id]) == (mine,)
    with work(city, stranger) as w:
        assert store.waiting(w, [mine.id]) == ()
        with pytest.raises(Invalid):
            store.attach(w, [mine.id], owner="idea:2")
    with work(city, person) as w:
        store.attach(w, [mine.id], owner="idea:1")
    with work(city, person) as w, pytest.raises(Invalid):
        store.attach(w, [mine.id], owner="idea:2")
    with work(city, person) as w, pytest.raises(Invalid):
        store.attach(w, [new_id()], owner="idea:2")


def test_attaching_twice_changes_nothing_and_puts_in_order(work, city, person):
    with work(city, person) as w:
        first, second = upload(w), upload(w)
        store.attach(w, [first.id, second.id, first.id], owner="idea:1")
        store.attach(w, [first.id, second.id], owner="idea:1")
    with work(city, person) as w:
        store.attach(w, [second.id, first.id], owner="idea:1")
        assert [one.id for one in store.of_owner(w.session, "idea:1")] == [second.id, first.id]


def test_no_more_than_the_purpose_allows(work, city, person):
    with work(city, person) as w:
        ids = [upload(w, content=samples.png()).id for _ in range(4)]
        with pytest.raises(Invalid) as refused:
            store.attach(w, ids, owner="idea:1", purpose=ANYTHING)
        assert "3\u00a0файла" in message(refused).ru
        store.attach(w, ids[:3], owner="idea:1", purpose=ANYTHING)
        with pytest.raises(Invalid):
            store.attach(w, ids[3:], owner="idea:1", purpose=ANYTHING)


def test_waiting_files_are_limited_for_each_person(work, city, person, stranger):
    with work(city, person) as w:
        for _ in range(store.MOST_WAITING):
            upload(w, content=samples.pdf_file())
        with pytest.raises(Invalid):
            upload(w, content=samples.pdf_file())
    with work(city, stranger) as w:
        upload(w, content=samples.pdf_file())


def test_files_are_removed_with_what_they_belong_to(work, city, person):
    with work(city, person) as w:
        first, second, third = (upload(w, content=samples.pdf_file()) for _ in range(3))
        store.attach(w, [first.id, second.id], owner="idea:1")
        store.attach(w, [third.id], owner="idea:2")
        store.detach(w, first.id, owner="idea:2")
        assert len(store.of_owner(w.session, "idea:1")) == 2
        store.detach(w, first.id, owner="idea:1")
        assert store.of_owners(w.session, ["idea:1", "idea:2"]).keys() == {"idea:1", "idea:2"}
        store.forget_owner(w, "idea:1")
        assert store.content(w.session, second.id) is None
        assert store.of_owners(w.session, ["idea:1", "idea:2"]).keys() == {"idea:2"}


def test_what_is_never_attached_is_swept_after_a_day(work, city, person, clock, deliver):
    with work(city, person) as w:
        kept, left = upload(w, content=samples.pdf_file()), upload(w, content=samples.pdf_file())
        store.attach(w, [kept.id], owner="idea:1")
    deliver()
    with work(city) as w:
        assert store.content(w.session, left.id) is not None
    clock.move(store.WAITS + timedelta(minutes=1))
    deliver()
    with work(city) as w:
        assert store.content(w.session, left.id) is None
        assert store.content(w.session, kept.id) is not None


def test_files_of_an_erased_person_are_erased(work, city, person, stranger, deliver):
    with work(city, person) as w:
        mine = upload(w, content=samples.pdf_file())
        store.attach(w, [mine.id], owner="idea:1")
        own_data.erase(w, person.id)
    with work(city, stranger) as w:
        theirs = upload(w, content=samples.pdf_file())
    deliver()
    with work(city) as w:
        assert store.content(w.session, mine.id) is None
        assert store.content(w.session, theirs.id) is not None


def test_files_stay_in_their_city(work, city, other_city, person):
    with work(city, person) as w:
        mine = upload(w, content=samples.pdf_file())
        store.attach(w, [mine.id], owner="idea:1")
    with work(other_city) as w:
        assert store.of_owner(w.session, "idea:1") == ()
        assert store.content(w.session, mine.id) is None
