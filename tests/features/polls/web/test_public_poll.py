"""The page of a poll in each of its states, and taking a ballot through the form."""

import io
import re
from datetime import timedelta
from uuid import uuid4

import pytest
from PIL import Image

from core.features.polls import queries
from core.features.polls.service import drafting, life
from core.features.polls.service.drafting import (
    OptionDraft,
    add_picture,
    create_draft,
    save_draft,
    submit_for_review,
)
from core.kit.actor import SystemActor
from core.kit.level import Level
from tests.features.polls.build import (
    choose,
    draft,
    official,
    open_poll,
    paper_of,
    resident,
    residents,
)
from tests.features.polls.web.browsing import (
    AFTER_CLOSE_ONCE,
    AFTER_VOTE,
    ALWAYS,
    cast,
    checked,
    city_of,
    close,
    counted,
    finished,
    form_of,
    publish,
    sees,
    sees_not,
    sign_in,
    statements,
    turn_out,
)

TWO = (
    ("Где начать?", 1, ("Микрорайон 9", "Микрорайон 14")),
    ("Что важнее?", 2, ("Свет", "Площадка", "Парковка")),
)


@pytest.fixture
def home(runtime):
    return city_of(runtime, AFTER_VOTE)


@pytest.fixture
def once(runtime):
    """A city in which a vote cannot be changed."""
    return city_of(runtime, AFTER_CLOSE_ONCE)


@pytest.fixture
def poll(runtime, home):
    return open_poll(runtime, home)


def participants(runtime, city, poll):
    with runtime.work(city, SystemActor("test")) as work:
        return queries.poll_view(work.session, poll).participants


class TestStates:
    def test_what_is_not_announced_yet_is_not_there(self, client, runtime, home):
        with runtime.work(home, official(runtime, home)) as work:
            poll = create_draft(work, draft=draft(first=work.today))
        assert client(home).get(f"/polls/{poll}").status_code == 404
        with runtime.work(home, official(runtime, home)) as work:
            submit_for_review(work, poll_id=poll)
        assert client(home).get(f"/polls/{poll}").status_code == 404

    def test_a_coming_poll_shows_questions_and_the_law_of_its_first_day(
        self, client, runtime, home
    ):
        with runtime.work(home, official(runtime, home)) as work:
            poll = create_draft(work, draft=draft(first=work.today + timedelta(days=4)))
            submit_for_review(work, poll_id=poll)
            life.approve(work, poll_id=poll)
        answer = client(home).get(f"/polls/{poll}")
        sees(answer, "Голосование начнётся", "19 июня", "Микрорайон 14", "п. 3.12", "п. 3.11")
        assert "<form" not in answer.text.partition("<main")[2].partition("</main>")[0]

    def test_an_open_poll_can_be_read_and_answered_without_signing_in(self, client, home, poll):
        answer = client(home).get(f"/polls/{poll}")
        sees(answer, "Проголосовать", "Мы попросим войти", "кворум: 300 жителей", "Почему так")
        assert answer.text.count('type="radio"') == 3

    def test_somebody_the_rules_do_not_admit_is_told_why_and_what_to_do(
        self, client, runtime, home, poll
    ):
        with runtime.work(home, SystemActor("test")) as work:
            person = resident(work, level=Level.NONE, born_on=None)
        answer = sign_in(runtime, home, client(home), person).get(f"/polls/{poll}")
        assert answer.status_code == 200
        sees(answer, "нужно подтверждение", "Подтвердите свои данные в профиле", "п. 2")
        sees_not(answer, "Проголосовать")
        assert 'href="/profile"' in answer.text

    def test_a_voter_sees_thanks_and_may_change_the_vote_where_the_city_lets(
        self, client, runtime, home, poll
    ):
        (person,) = turn_out(runtime, home, poll, 1)
        answer = sign_in(runtime, home, client(home), person).get(f"/polls/{poll}")
        sees(answer, "Ваш голос учтён", "Изменить голос")
        assert not checked(answer), "nothing may tell what somebody chose"

    def test_a_voter_is_told_by_which_clause_a_vote_cannot_be_changed(self, client, runtime, once):
        poll = open_poll(runtime, once, days=30)
        (person,) = turn_out(runtime, once, poll, 1)
        answer = sign_in(runtime, once, client(once), person).get(f"/polls/{poll}")
        sees(answer, "Ваш голос учтён", "Почему голос нельзя изменить", "п. ")
        sees_not(answer, "Изменить голос")

    def test_staff_are_told_that_residents_vote(self, client, runtime, home, poll):
        answer = sign_in(runtime, home, client(home), official(runtime, home)).get(f"/polls/{poll}")
        sees(answer, "голосуют жители")
        sees_not(answer, "Проголосовать")

    def test_after_the_last_minute_nobody_is_offered_a_form(
        self, client, runtime, clock, home, poll
    ):
        with runtime.work(home, SystemActor("test")) as work:
            end = queries.poll_view(work.session, poll).closes_at
        clock.set(end)
        answer = client(home).get(f"/polls/{poll}")
        sees(answer, "Голосование завершилось, подводим итоги")
        sees_not(answer, "Проголосовать")

    def test_a_published_poll_begins_with_its_outcome(self, client, runtime, clock):
        city = city_of(runtime, ALWAYS)
        poll = finished(runtime, clock, city)
        answer = client(city).get(f"/polls/{poll}")
        sees(
            answer,
            "Опрос состоялся",
            "100 % · 3 голоса",
            "Протокол",
            "Excel",
            "Итоги опубликованы",
        )

    def test_a_void_poll_says_how_many_were_missing(self, client, runtime, clock, home):
        poll = finished(runtime, clock, home)
        sees(
            client(home).get(f"/polls/{poll}"),
            "Опрос не состоялся",
            "нужно было 300 жителей, а набралось 3",
        )

    def test_a_withdrawn_poll_leaves_a_note_only_if_people_had_seen_it(self, client, runtime, home):
        staff = official(runtime, home)
        poll = open_poll(runtime, home)
        with runtime.work(home, staff) as work:
            hidden = create_draft(work, draft=draft(first=work.today, title="Тайный черновик"))
            life.withdraw(work, poll_id=hidden, note="передумали")
            life.withdraw(work, poll_id=poll, note="В вопросе была ошибка.")
        answer = client(home).get(f"/polls/{poll}")
        assert answer.status_code == 410
        sees(answer, "Опрос снят 15 июня 2026", "В вопросе была ошибка.")
        sees_not(answer, "Микрорайон 14")
        assert client(home).get(f"/polls/{hidden}").status_code == 404

    def test_the_history_names_clauses_and_no_people(self, client, runtime, home, poll):
        with runtime.work(home, official(runtime, home)) as work:
            closes = queries.poll_view(work.session, poll).closes_on
            life.extend(
                work, poll_id=poll, closes_on=closes + timedelta(days=7), note="Просили жители."
            )
        answer = client(home).get(f"/polls/{poll}")
        sees(answer, "Опрос согласован", "Голосование началось", "Голосование продлено")
        sees(answer, "Просили жители.", "п. 3.11")
        sees_not(answer, "Сотрудник", "staff:")

    def test_what_staff_write_cannot_become_markup(self, client, runtime, home):
        nasty = '<img src=x onerror="alert(1)">'
        staff = official(runtime, home)
        with runtime.work(home, staff) as work:
            one = draft(
                first=work.today,
                title=nasty,
                questions=((nasty, 1, (nasty, "Б")),),
            )
            one = type(one)(
                **{
                    **{name: getattr(one, name) for name in one.__struct_fields__},
                    "summary": nasty,
                    "body": f'{nasty}\n\n- {nasty}\n\nhttps://example.org/"onclick=x',
                }
            )
            poll = create_draft(work, draft=one)
            submit_for_review(work, poll_id=poll)
            life.approve(work, poll_id=poll)
            life.open_now(work, poll_id=poll)
        for path in (f"/polls/{poll}", "/polls", "/"):
            answer = client(home).get(path)
            assert answer.status_code == 200
            assert "<img src=x" not in answer.text
            bare = re.sub(r'"[^"]*"', '""', answer.text)
            assert not re.search(r"<[^>]*\son\w+=", bare)

    def test_pages_have_no_inline_styles_or_scripts(self, client, runtime, clock):
        city = city_of(runtime, ALWAYS)
        poll = finished(runtime, clock, city)
        running = open_poll(runtime, city)
        turn_out(runtime, city, running, 2)
        for path in ("/", "/polls", f"/polls/{poll}", f"/polls/{running}", "/about"):
            page = client(city).get(path).text
            assert not re.search(r"<[^>]*\sstyle=", page)
            assert not re.search(r"<script(?![^>]*\ssrc=)", page)
            assert "<style" not in page


class TestVoting:
    def test_a_vote_by_plain_form_comes_back_with_thanks(self, client, runtime, home, poll):
        (person,) = residents(runtime, home, 1)
        browser = sign_in(runtime, home, client(home), person)
        answer = browser.submit(f"/polls/{poll}/vote", form_of(runtime, home, poll, 1))
        assert answer.status_code == 303
        assert answer.headers["location"] == f"/polls/{poll}"
        after = browser.get(f"/polls/{poll}")
        sees(after, "Ваш голос учтён. +5 баллов", "100 % · 1 голос")
        assert participants(runtime, home, poll) == 1
        sees_not(browser.get(f"/polls/{poll}"), "+5 баллов Ваш")

    def test_a_vote_by_htmx_brings_thanks_and_results_in_its_place(
        self, client, runtime, home, poll
    ):
        (person,) = residents(runtime, home, 1)
        browser = sign_in(runtime, home, client(home), person)
        answer = browser.submit(f"/polls/{poll}/vote", form_of(runtime, home, poll, 1), htmx=True)
        assert answer.status_code == 200
        assert "<html" not in answer.text
        sees(answer, "Ваш голос учтён. +5 баллов", "не хватает 299", "100 % · 1 голос")
        for part in ("vote", "facts", "results"):
            assert f'id="{part}"' in answer.text
        assert answer.text.count('hx-swap-oob="true"') == 2

    def test_a_city_without_points_promises_none(self, client, runtime, once):
        poll = open_poll(runtime, once, days=30)
        (person,) = residents(runtime, once, 1)
        browser = sign_in(runtime, once, client(once), person)
        answer = browser.submit(f"/polls/{poll}/vote", form_of(runtime, once, poll, 0), htmx=True)
        sees(answer, "Ваш голос учтён.")
        sees_not(answer, "балл")

    @pytest.mark.parametrize("htmx", [True, False])
    def test_what_is_missing_is_said_beside_the_question_and_nothing_is_lost(
        self, client, runtime, home, htmx
    ):
        poll = open_poll(runtime, home, questions=TWO)
        (person,) = residents(runtime, home, 1)
        paper = paper_of(runtime, home, poll)
        chosen = str(paper.questions[0].options[1].id)
        browser = sign_in(runtime, home, client(home), person)
        answer = browser.submit(
            f"/polls/{poll}/vote", {str(paper.questions[0].id): chosen}, htmx=htmx
        )
        assert answer.status_code == 422
        sees(answer, "Вопрос 2. Выберите вариант ответа.")
        assert checked(answer) == {chosen}
        assert f'href="#f-{paper.questions[1].id}"' in answer.text
        assert f'id="f-{paper.questions[1].id}"' in answer.text
        assert participants(runtime, home, poll) == 0

    def test_too_many_answers_are_named_with_their_number(self, client, runtime, home):
        poll = open_poll(runtime, home, questions=TWO)
        (person,) = residents(runtime, home, 1)
        paper = paper_of(runtime, home, poll)
        sent = {
            str(paper.questions[0].id): [str(paper.questions[0].options[0].id)],
            str(paper.questions[1].id): [str(one.id) for one in paper.questions[1].options],
        }
        browser = sign_in(runtime, home, client(home), person)
        answer = browser.submit(f"/polls/{poll}/vote", sent)
        assert answer.status_code == 422
        sees(answer, "не больше чем 2 варианта, а отмечено 3")
        assert len(checked(answer)) == 4

    def test_options_of_other_polls_and_nonsense_are_refused(self, client, runtime, home, poll):
        other = open_poll(runtime, home)
        (person,) = residents(runtime, home, 1)
        browser = sign_in(runtime, home, client(home), person)
        question = str(paper_of(runtime, home, poll).questions[0].id)
        theirs = form_of(runtime, home, other, 0)
        for sent in (
            theirs,
            {question: next(iter(theirs.values()))},
            {question: "x" * 10_000},
            {question: "\x00"},
            {str(uuid4()): "1"},
            {},
            {"question": "answer"},
        ):
            answer = browser.submit(f"/polls/{poll}/vote", sent)
            assert answer.status_code == 422, sent
        assert participants(runtime, home, poll) == 0

    def test_the_same_vote_again_changes_nothing(self, client, runtime, home, poll):
        (person,) = residents(runtime, home, 1)
        browser = sign_in(runtime, home, client(home), person)
        for _ in range(2):
            answer = browser.submit(f"/polls/{poll}/vote", form_of(runtime, home, poll, 1))
            assert answer.status_code == 303
        sees(browser.get(f"/polls/{poll}"), "уже учтён, второй раз он не считается")
        assert participants(runtime, home, poll) == 1

    def test_a_changed_vote_replaces_the_first(self, client, runtime, home, poll):
        (person,) = residents(runtime, home, 1)
        browser = sign_in(runtime, home, client(home), person)
        browser.submit(f"/polls/{poll}/vote", form_of(runtime, home, poll, 0))
        answer = browser.submit(f"/polls/{poll}/vote", form_of(runtime, home, poll, 2), htmx=True)
        sees(answer, "Ваш голос изменён.", "Микрорайон 2 100 % · 1 голос")
        assert participants(runtime, home, poll) == 1

    @pytest.mark.parametrize("htmx", [True, False])
    def test_a_second_vote_is_refused_with_the_clause_where_it_must_not_be(
        self, client, runtime, once, htmx
    ):
        poll = open_poll(runtime, once, days=30)
        (person,) = turn_out(runtime, once, poll, 1, 0)
        browser = sign_in(runtime, once, client(once), person)
        answer = browser.submit(f"/polls/{poll}/vote", form_of(runtime, once, poll, 1), htmx=htmx)
        assert answer.status_code == 409
        sees(answer, "Вы уже проголосовали в этом опросе.", "п. ")
        assert participants(runtime, once, poll) == 1

    def test_a_late_vote_is_told_that_voting_has_ended(self, client, runtime, clock, home, poll):
        (person,) = residents(runtime, home, 1)
        sent = form_of(runtime, home, poll, 0)
        close(runtime, clock, home, poll)
        for browser in (client(home), sign_in(runtime, home, client(home), person)):
            answer = browser.submit(f"/polls/{poll}/vote", sent)
            assert answer.status_code == 409
            sees(answer, "Голосование уже завершилось.")
        publish(runtime, home, poll)
        answer = client(home).submit(f"/polls/{poll}/vote", sent)
        assert answer.status_code == 409
        sees(answer, "Голосование уже завершилось.", "Опрос не состоялся")

    def test_somebody_the_rules_do_not_admit_cannot_vote_by_hand_either(
        self, client, runtime, home, poll
    ):
        with runtime.work(home, SystemActor("test")) as work:
            person = resident(work, born_on=work.today - timedelta(days=3650))
        answer = sign_in(runtime, home, client(home), person).submit(
            f"/polls/{poll}/vote", form_of(runtime, home, poll, 0)
        )
        assert answer.status_code == 403
        sees(answer, "Возраст, с которого можно голосовать", "п. 1")
        assert participants(runtime, home, poll) == 0

    def test_staff_cannot_vote(self, client, runtime, home, poll):
        browser = sign_in(runtime, home, client(home), official(runtime, home))
        answer = browser.submit(f"/polls/{poll}/vote", form_of(runtime, home, poll, 0))
        assert answer.status_code == 403
        assert participants(runtime, home, poll) == 0

    def test_a_form_without_its_token_is_refused(self, client, runtime, home, poll):
        (person,) = residents(runtime, home, 1)
        browser = sign_in(runtime, home, client(home), person)
        answer = browser.post(f"/polls/{poll}/vote", data=form_of(runtime, home, poll, 0))
        assert answer.status_code == 403
        assert participants(runtime, home, poll) == 0

    def test_polls_that_are_not_there_take_no_votes(self, client, runtime, home, poll):
        (person,) = residents(runtime, home, 1)
        sent = form_of(runtime, home, poll, 0)
        with runtime.work(home, official(runtime, home)) as work:
            hidden = create_draft(work, draft=draft(first=work.today))
        for browser in (client(home), sign_in(runtime, home, client(home), person)):
            for where in (uuid4(), hidden):
                assert browser.submit(f"/polls/{where}/vote", sent).status_code == 404

    def test_the_address_of_the_form_leads_back_to_the_poll(self, client, home, poll):
        answer = client(home).get(f"/polls/{poll}/vote")
        assert answer.status_code == 303
        assert answer.headers["location"] == f"/polls/{poll}"


class TestSigningIn:
    def test_choices_survive_signing_in_also_without_scripts(self, client, runtime, home):
        poll = open_poll(runtime, home, questions=TWO)
        paper = paper_of(runtime, home, poll)
        sent = {
            str(paper.questions[0].id): [str(paper.questions[0].options[1].id)],
            str(paper.questions[1].id): [str(one.id) for one in paper.questions[1].options[:2]],
        }
        browser = client(home)
        answer = browser.submit(f"/polls/{poll}/vote", sent)
        assert answer.status_code == 303
        assert answer.headers["location"] == f"/sign-in?next=/polls/{poll}"
        assert participants(runtime, home, poll) == 0
        (person,) = residents(runtime, home, 1)
        sign_in(runtime, home, browser, person)
        back = browser.get(f"/polls/{poll}")
        sees(back, "Ваш выбор сохранился")
        assert checked(back) == {one for values in sent.values() for one in values}
        assert browser.submit(f"/polls/{poll}/vote", sent).status_code == 303
        assert "veche_choices" not in browser.cookies

    def test_htmx_is_sent_to_the_sign_in_page_as_a_whole(self, client, runtime, home, poll):
        answer = client(home).submit(
            f"/polls/{poll}/vote", form_of(runtime, home, poll, 0), htmx=True
        )
        assert answer.status_code == 204
        assert answer.headers["hx-redirect"] == f"/sign-in?next=/polls/{poll}"

    def test_choices_never_stand_in_an_address(self, client, runtime, home, poll):
        sent = form_of(runtime, home, poll, 1)
        answer = client(home).submit(f"/polls/{poll}/vote", sent)
        for values in sent.values():
            assert all(value not in answer.headers["location"] for value in values)
        cookie = next(
            one for one in answer.headers.get_list("set-cookie") if "veche_choices" in one
        )
        assert f"Path=/polls/{poll}" in cookie
        assert "HttpOnly" in cookie

    def test_an_incomplete_ballot_is_mended_before_signing_in(self, client, runtime, home, poll):
        answer = client(home).submit(f"/polls/{poll}/vote", {})
        assert answer.status_code == 422
        sees(answer, "Выберите вариант ответа.")

    @pytest.mark.parametrize("value", ["x", "9.9", "0.", "0.99", "-1.0", "0.0-0-0", "0" * 9999])
    def test_a_spoilt_cookie_does_no_harm(self, client, home, poll, value):
        browser = client(home)
        browser.cookies.set("veche_choices", value)
        assert browser.get(f"/polls/{poll}").status_code == 200

    def test_a_resident_who_has_erased_themselves_signs_in_anew(self, client, runtime, home, poll):
        browser = sign_in(runtime, home, client(home), uuid4())
        answer = browser.submit(f"/polls/{poll}/vote", form_of(runtime, home, poll, 0))
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/sign-in")


class TestPictures:
    @pytest.fixture
    def with_picture(self, runtime, home):
        stream = io.BytesIO()
        Image.new("RGB", (40, 30), "#336699").save(stream, "PNG")
        staff = official(runtime, home)
        with runtime.work(home, staff) as work:
            plain = draft(first=work.today)
            poll = create_draft(work, draft=plain)
            picture = add_picture(work, poll_id=poll, content=stream.getvalue())
            question = plain.questions[0]
            options = (OptionDraft("А", picture=picture), OptionDraft("Б"))
            values = {name: getattr(plain, name) for name in plain.__struct_fields__}
            values["questions"] = (drafting.QuestionDraft(title=question.title, options=options),)
            save_draft(work, poll_id=poll, version=1, draft=drafting.Draft(**values))
        return poll, picture

    def announce(self, runtime, home, poll):
        with runtime.work(home, official(runtime, home)) as work:
            submit_for_review(work, poll_id=poll)
            life.approve(work, poll_id=poll)

    def test_a_picture_is_shown_with_its_poll_and_not_before(
        self, client, runtime, home, with_picture
    ):
        poll, picture = with_picture
        path = f"/polls/{poll}/pictures/{picture}"
        assert client(home).get(path).status_code == 404
        self.announce(runtime, home, poll)
        answer = client(home).get(path)
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "image/webp"
        assert answer.content.startswith(b"RIFF")
        again = client(home).get(path, headers={"if-none-match": answer.headers["etag"]})
        assert again.status_code == 304
        assert not again.content
        assert path in client(home).get(f"/polls/{poll}").text

    def test_a_picture_belongs_to_one_poll(self, client, runtime, home, with_picture):
        poll, picture = with_picture
        self.announce(runtime, home, poll)
        other = open_poll(runtime, home)
        assert client(home).get(f"/polls/{other}/pictures/{picture}").status_code == 404
        assert client(home).get(f"/polls/{poll}/pictures/{uuid4()}").status_code == 404


def test_a_poll_of_one_city_is_unknown_in_every_other(client, runtime, clock):
    cities = runtime.registry.all()
    owner = city_of(runtime, ALWAYS)
    poll = finished(runtime, clock, owner)
    paths = [
        f"/polls/{poll}",
        f"/polls/{poll}/results.csv",
        f"/polls/{poll}/results.xlsx",
        f"/polls/{poll}/protocol",
    ]
    for path in paths:
        assert client(owner).get(path).status_code == 200
        for city in cities:
            if city.slug != owner.slug:
                assert client(city).get(path).status_code == 404, (city.slug, path)
    running = open_poll(runtime, owner)
    sent = form_of(runtime, owner, running, 0)
    for city in cities:
        if city.slug == owner.slug:
            continue
        (person,) = residents(runtime, city, 1)
        browser = sign_in(runtime, city, client(city), person)
        assert browser.submit(f"/polls/{running}/vote", sent).status_code == 404
        assert client(city).submit(f"/polls/{running}/vote", sent).status_code == 404
        assert str(running) not in browser.get("/polls").text
        assert str(poll) not in browser.get("/").text
    assert participants(runtime, owner, running) == 0


def test_a_session_of_one_city_is_none_in_another(client, runtime, home, poll):
    other = city_of(runtime, ALWAYS)
    (person,) = residents(runtime, other, 1)
    browser = sign_in(runtime, other, client(home), person)
    answer = browser.submit(f"/polls/{poll}/vote", form_of(runtime, home, poll, 0))
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in")


def test_the_page_costs_the_same_with_more_ballots_and_more_polls(client, runtime):
    city = city_of(runtime, ALWAYS)
    poll = open_poll(runtime, city)
    (person,) = residents(runtime, city, 1)
    anonymous = client(city)
    signed_in = sign_in(runtime, city, client(city), person)
    turn_out(runtime, city, poll, 1)
    path = f"/polls/{poll}"
    few = counted(runtime, anonymous, path), counted(runtime, signed_in, path)
    turn_out(runtime, city, poll, 15, 1)
    for _ in range(3):
        open_poll(runtime, city)
    many = counted(runtime, anonymous, path), counted(runtime, signed_in, path)
    assert few == many
    assert max(many) <= 12


def test_a_page_never_reads_a_ballot(client, runtime):
    city = city_of(runtime, ALWAYS)
    poll = open_poll(runtime, city)
    (person,) = turn_out(runtime, city, poll, 1)
    browser = sign_in(runtime, city, client(city), person)
    with statements(runtime) as sent:
        for path in ("/", "/polls", f"/polls/{poll}", f"/polls/{poll}/results.csv"):
            browser.get(path)
    assert sent
    assert not any("poll_ballot" in one for one in sent)


def test_casting_is_by_the_paper_of_the_opening(client, runtime, home):
    poll = open_poll(runtime, home, questions=TWO)
    paper = paper_of(runtime, home, poll)
    (person,) = residents(runtime, home, 1)
    cast(runtime, home, poll, person, 0, 1)
    answer = sign_in(runtime, home, client(home), person).get(f"/polls/{poll}")
    sees(answer, "Где начать?", "Что важнее?", "можно было выбрать несколько")
    assert choose(paper, 0, 1)
