"""Results as files and on paper, and that nothing tells of them before a city's rules do."""

import csv
import io
import re
from datetime import timedelta

import pytest
from openpyxl import load_workbook

from core.features.polls import queries
from core.features.polls.domain import DayTurnout, DistrictTurnout, OptionResult, QuestionResult
from core.features.polls.service import life
from core.features.polls.web import exports
from core.features.polls.web.exports import Sheet, csv_bytes, harmless, sheet, xlsx_bytes
from core.features.polls.web.shown import ResultsSeen
from core.kit.actor import SystemActor
from core.kit.ids import new_id
from tests.features.polls.build import official, open_poll, residents
from tests.features.polls.web.browsing import (
    AFTER_CLOSE,
    AFTER_VOTE,
    ALWAYS,
    cast,
    city_of,
    close,
    finished,
    form_of,
    publish,
    sees,
    sign_in,
    turn_out,
)


def places(poll):
    """Every page, file and answer of the API that speaks of a poll."""
    return [
        "/",
        "/polls",
        "/polls?shelf=done",
        "/polls?q=двор",
        f"/polls/{poll}",
        f"/polls/{poll}/results.csv",
        f"/polls/{poll}/results.csv?part=days",
        f"/polls/{poll}/results.csv?part=districts",
        f"/polls/{poll}/results.xlsx",
        f"/polls/{poll}/protocol",
        "/api/v1/polls",
        "/api/v1/polls?shelf=done",
        f"/api/v1/polls/{poll}",
    ]


def all_seen(browser, poll):
    return [
        (path, one.status_code, one.content) for path in places(poll) for one in [browser.get(path)]
    ]


class TestHidden:
    """Two cities of votes that differ in nothing but what was chosen look the same to everybody."""

    def test_while_a_poll_runs_what_people_choose_changes_nothing_anywhere(self, client, runtime):
        city = city_of(runtime, AFTER_CLOSE)
        poll = open_poll(runtime, city)
        voters = turn_out(runtime, city, poll, 5, 0)
        (other,) = residents(runtime, city, 1)
        browsers = [
            client(city),
            sign_in(runtime, city, client(city), voters[0]),
            sign_in(runtime, city, client(city), other),
            sign_in(runtime, city, client(city), official(runtime, city)),
        ]
        for browser in browsers:
            assert browser.csrf
        before = [all_seen(browser, poll) for browser in browsers]
        for voter in voters:
            cast(runtime, city, poll, voter, 1)
        after = [all_seen(browser, poll) for browser in browsers]
        for one, two in zip(before, after, strict=True):
            for was, becomes in zip(one, two, strict=True):
                assert was == becomes, was[0]

    def test_the_answer_to_a_vote_tells_nothing_either(self, client, runtime):
        city = city_of(runtime, AFTER_CLOSE)
        answers = []
        for pick in (0, 1):
            poll = open_poll(runtime, city, title="Опрос")
            turn_out(runtime, city, poll, 5, pick)
            (person,) = residents(runtime, city, 1)
            browser = sign_in(runtime, city, client(city), person)
            answer = browser.submit(
                f"/polls/{poll}/vote", form_of(runtime, city, poll, 0), htmx=True
            )
            assert answer.status_code == 200
            answers.append(
                re.sub(
                    r'[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|value="[^"]{40,}"', "", answer.text
                )
            )
        assert answers[0] == answers[1]

    @pytest.mark.parametrize("slug", [AFTER_CLOSE, AFTER_VOTE])
    def test_files_are_refused_with_the_clause(self, client, runtime, slug):
        city = city_of(runtime, slug)
        poll = open_poll(runtime, city)
        turn_out(runtime, city, poll, 3)
        for name in ("results.csv", "results.xlsx"):
            answer = client(city).get(f"/polls/{poll}/{name}")
            assert answer.status_code == 403
            sees(answer, "Результаты этого опроса пока не видны.", "п. ")
        assert client(city).get(f"/polls/{poll}/protocol").status_code == 404

    def test_a_closed_poll_waits_for_its_publication(self, client, runtime, clock):
        city = city_of(runtime, AFTER_CLOSE)
        poll = open_poll(runtime, city)
        (voter, *_others) = turn_out(runtime, city, poll, 5, 1)
        close(runtime, clock, city, poll)
        for browser in (client(city), sign_in(runtime, city, client(city), voter)):
            for path in places(poll):
                content = browser.get(path).text
                assert "100 %" not in content.replace("\u00a0", " "), path
                assert 'class="bars"' not in content, path
                assert '"votes":5' not in content.replace(" ", ""), path
                assert "informational" not in content, path
        assert client(city).get(f"/polls/{poll}/results.csv").status_code == 403
        publish(runtime, city, poll)
        for name in ("results.csv", "results.xlsx", "protocol"):
            assert client(city).get(f"/polls/{poll}/{name}").status_code == 200
        sees(client(city).get(f"/polls/{poll}"), "100 % · 5 голосов")

    def test_where_results_follow_the_vote_only_voters_see_them(self, client, runtime):
        city = city_of(runtime, AFTER_VOTE)
        poll = open_poll(runtime, city)
        (voter, *_others) = turn_out(runtime, city, poll, 3)
        (other,) = residents(runtime, city, 1)
        name = f"/polls/{poll}/results.csv"
        assert sign_in(runtime, city, client(city), voter).get(name).status_code == 200
        assert sign_in(runtime, city, client(city), other).get(name).status_code == 403
        assert client(city).get(name).status_code == 403

    def test_where_results_are_always_shown_everybody_sees_them(self, client, runtime):
        city = city_of(runtime, ALWAYS)
        poll = open_poll(runtime, city)
        turn_out(runtime, city, poll, 3)
        sees(client(city).get(f"/polls/{poll}"), "100 % · 3 голоса")
        assert client(city).get(f"/polls/{poll}/results.csv").status_code == 200

    def test_a_withdrawn_poll_takes_its_results_with_it(self, client, runtime):
        city = city_of(runtime, ALWAYS)
        poll = open_poll(runtime, city)
        turn_out(runtime, city, poll, 3)
        with runtime.work(city, official(runtime, city)) as work:
            life.withdraw(work, poll_id=poll, note="ошибка")
        for name in ("results.csv", "results.xlsx", "protocol"):
            assert client(city).get(f"/polls/{poll}/{name}").status_code == 404


class TestFiles:
    def rows(self, answer):
        text = answer.content.decode("utf-8-sig")
        return list(csv.reader(io.StringIO(text), delimiter=";"))

    def test_csv_opens_in_a_russian_excel(self, client, runtime, clock):
        city = city_of(runtime, ALWAYS)
        poll = open_poll(runtime, city)
        turn_out(runtime, city, poll, 2, 0)
        turn_out(runtime, city, poll, 1, 1)
        answer = client(city).get(f"/polls/{poll}/results.csv")
        assert answer.headers["content-type"].startswith("text/csv")
        assert re.fullmatch(
            r'attachment; filename="poll-\d+\.csv"', answer.headers["content-disposition"]
        )
        assert answer.content.startswith(b"\xef\xbb\xbf")
        heads, *rows = self.rows(answer)
        assert heads == ["Вопрос", "Вариант", "Голоса", "Доля участников, %"]
        assert [row[1:] for row in rows] == [
            ["Микрорайон 9", "2", "66,67"],
            ["Микрорайон 14", "1", "33,33"],
            ["Микрорайон 2", "0", "0"],
        ]

    def test_turnout_by_day_and_district_counts_everybody(self, client, runtime, clock, deliver):
        city = city_of(runtime, ALWAYS)
        district = city.profile.districts[0]
        poll = open_poll(runtime, city)
        turn_out(runtime, city, poll, 2, district=district.key)
        clock.move(timedelta(days=2))
        turn_out(runtime, city, poll, 1)
        deliver()
        browser = client(city)
        days = self.rows(browser.get(f"/polls/{poll}/results.csv?part=days"))[1:]
        assert days == [["2026-06-15", "2"], ["2026-06-16", "0"], ["2026-06-17", "1"]]
        places = self.rows(browser.get(f"/polls/{poll}/results.csv?part=districts"))[1:]
        assert places == [[district.name.ru, "2"], ["Район не указан", "1"]]
        assert browser.get(f"/polls/{poll}/results.csv?part=people").status_code == 404
        sees(browser.get(f"/polls/{poll}"), "Как голосовали по дням", "Откуда участники")

    def test_a_workbook_has_a_sheet_for_each_part(self, client, runtime, clock):
        city = city_of(runtime, ALWAYS)
        poll = finished(runtime, clock, city)
        answer = client(city).get(f"/polls/{poll}/results.xlsx")
        book = load_workbook(io.BytesIO(answer.content))
        assert book.sheetnames == ["Об опросе", "Ответы", "По дням", "По районам"]
        assert [cell.value for cell in book["Ответы"][2]][1:] == ["Микрорайон 9", 3, 100]

    @pytest.mark.parametrize(
        "text", ["=1+1", "+7 900", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\u00a0=1"]
    )
    def test_no_text_becomes_a_formula(self, text):
        table = Sheet("Лист", ("Вариант", "Голоса"), ((text, 1),))
        row = list(
            csv.reader(io.StringIO(csv_bytes(table, "ru").decode("utf-8-sig")), delimiter=";")
        )
        assert row[1][0].startswith("'")
        book = load_workbook(io.BytesIO(xlsx_bytes([table])))
        assert book["Лист"]["A2"].data_type == "s"

    def test_plain_text_stays_as_it_is(self):
        assert harmless("Микрорайон 9, дома 4–8") == "Микрорайон 9, дома 4–8"
        assert harmless("") == ""

    def test_signs_that_excel_does_not_take_are_left_out(self):
        table = Sheet("Лист", ("А",), (("раз\x0bдва",),))
        assert load_workbook(io.BytesIO(xlsx_bytes([table])))["Лист"]["A2"].value == "раздва"

    def test_english_files_use_points(self, runtime):
        city = city_of(runtime, ALWAYS)
        results = ResultsSeen(
            participants=3,
            questions=(
                QuestionResult(
                    new_id(), "Q", 1, (OptionResult(new_id(), "A", votes=1, share=1 / 3),)
                ),
            ),
            days=(DayTurnout("2026-06-15", 3),),
            districts=(DistrictTurnout("", 3),),
        )
        table = sheet("answers", results, city, "en")
        assert table.heads[0] == "Question"
        assert b"33.33" in csv_bytes(table, "en")
        assert sheet("districts", results, city, "en").rows == (("District not given", 3),)

    def test_every_word_of_the_files_is_there_in_both_languages(self):
        assert all(text.ru and text.en for text in exports._WORDS.values())


class TestProtocol:
    def test_it_has_what_an_official_needs_to_sign(self, client, runtime, clock):
        city = city_of(runtime, ALWAYS)
        poll = finished(runtime, clock, city)
        answer = client(city).get(f"/polls/{poll}/protocol")
        with runtime.work(city, SystemActor("test")) as work:
            view = queries.poll_view(work.session, poll)
        sees(
            answer,
            f"Протокол итогов опроса № {view.number}",
            city.profile.names.official.ru,
            "опрос состоялся",
            "Микрорайон 9 3 100",
            "Основания",
            "п. ",
            view.results.paper_digest,
            "Ответственный за проведение опроса",
        )

    def test_a_void_poll_has_one_too(self, client, runtime, clock):
        city = city_of(runtime, AFTER_VOTE)
        poll = finished(runtime, clock, city)
        sees(
            client(city).get(f"/polls/{poll}/protocol"),
            "опрос не состоялся",
            "Нужно для кворума 300",
            "п. 3.12",
            "№ 2272",
        )
