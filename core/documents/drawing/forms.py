"""The forms themselves. What they say beside their fields is the usual wording of such papers; a
city that words them otherwise uploads its own."""

from collections.abc import Callable, Mapping
from typing import Final

from core.documents.drawing.paper import Paper

_RESPONSIBLE: Final = (
    "{{ item.unit }}{% if item.responsible %}, {{ item.responsible }}{% endif %}"
    "{% if item.phone %}, тел. {{ item.phone }}{% endif %}"
)


def _appendix_head(paper: Paper, number: int) -> None:
    cell = paper.right()
    paper.line(f"Приложение № {number}", where=cell)
    paper.line("к регламенту работы интернет-ресурса", where=cell)
    paper.line("{{ city }}", where=cell, after=6)


def appendix_1() -> Paper:
    """The yearly list of topics."""
    paper = Paper(landscape=True)
    _appendix_head(paper, 1)
    paper.approval()
    paper.line("{{ title | upper }}", bold=True, align="center", before=10, after=10, keep=True)
    paper.table(
        (
            "№\nп/п",
            "Вид (обсуждение, опрос)",
            "Наименование темы",
            "Обоснование и цель",
            "Муниципальная программа или вопрос местного значения",
            "Целевая аудитория, территория",
            "Планируемый период",
            "Источник предложения",
            "Ответственное подразделение, ответственный, телефон",
            "Ожидаемый результат, принимаемое решение",
            "Источник и объём средств",
            "Примечание",
        ),
        (8, 20, 29, 29, 25, 21, 22, 20, 26, 24, 23, 20),
        (
            "{{ item.number }}",
            "{{ item.kind }}",
            "{{ item.title }}",
            "{{ item.aim }}",
            "{{ item.programme }}",
            "{{ item.audience }}",
            "{{ item.period }}",
            "{{ item.source }}",
            _RESPONSIBLE,
            "{{ item.expected }}",
            "{{ item.funding }}",
            "{{ item.note }}",
        ),
        over="item in items",
        size=8.5,
        aligns=("center",),
        empty="Предложений нет",
    )
    paper.line("Всего тематик: {{ items | length }}.", before=8)
    return paper


def quarterly() -> Paper:
    """The part of the list that falls into one quarter."""
    paper = Paper(landscape=True)
    paper.approval()
    paper.line("{{ title | upper }}", bold=True, align="center", before=10, keep=True)
    paper.line("{{ city }}", align="center", after=10, keep=True)
    paper.table(
        (
            "№\nп/п",
            "Вид",
            "Наименование темы",
            "Целевая аудитория, территория",
            "Период проведения",
            "Ответственное подразделение, ответственный, телефон",
            "Ожидаемый результат, принимаемое решение",
            "Примечание",
        ),
        (12, 24, 62, 36, 33, 42, 36, 22),
        (
            "{{ item.number }}",
            "{{ item.kind }}",
            "{{ item.title }}",
            "{{ item.audience }}",
            "{{ item.period }}",
            _RESPONSIBLE,
            "{{ item.expected }}",
            "{{ item.note }}",
        ),
        over="item in items",
        size=10,
        aligns=("center",),
        empty="На этот квартал тематик нет",
    )
    paper.line("Всего тематик: {{ items | length }}.", before=8)
    return paper


def passport() -> Paper:
    """What a topic is about and what it costs."""
    paper = Paper()
    paper.line("ПАСПОРТ ТЕМАТИКИ", bold=True, align="center", size=14)
    paper.line("и финансовое обоснование", bold=True, align="center")
    paper.line("к перечню тематик на {{ year }} год, {{ city }}", align="center", after=10)
    paper.facts(
        (
            ("Номер в перечне", "{{ number }}"),
            ("Вид", "{{ kind }}"),
            ("Наименование темы", "{{ title }}"),
            ("Обоснование и цель", "{{ aim }}"),
            ("Период проведения", "{{ period }}"),
            ("Ответственное подразделение", "{{ unit }}"),
            (
                "Ответственный",
                "{{ responsible }}{% if phone %}, тел. {{ phone }}{% endif %}",
            ),
            ("Материалы", "{{ materials }}"),
        ),
        left=52,
        size=12,
    )
    paper.line("1. Вопросы и варианты ответов", bold=True, before=12, after=4, keep=True)
    paper.tag("{%p for question in questions %}")
    paper.line("{{ loop.index }}) {{ question.title }}", keep=True, before=3)
    paper.tag("{%p for option in question.options %}")
    paper.line("– {{ option }}").paragraph_format.left_indent = 360_000
    paper.tag("{%p endfor %}")
    paper.tag("{%p endfor %}")
    paper.tag("{%p if not questions %}")
    paper.line("Вопросы не предусмотрены: жители предлагают идеи в свободной форме.")
    paper.tag("{%p endif %}")
    paper.line("2. Финансовое обоснование", bold=True, before=12, after=4, keep=True)
    paper.facts(
        (
            ("Стоимость", "{{ cost }}"),
            ("Источник средств", "{{ funds }}"),
            ("Код программы, мероприятия", "{{ programme_code }}"),
        ),
        left=52,
        size=12,
    )
    paper.line("3. Что будет сделано по итогам", bold=True, before=12, after=4, keep=True)
    paper.table(
        ("Если жители выберут", "Что будет сделано"),
        (70, paper.room - 70),
        ("{{ line.option }}", "{{ line.action }}"),
        over="line in if_wins",
        size=12,
        empty="Не указано",
        numbered=False,
    )
    paper.line("4. Риски", bold=True, before=12, after=4, keep=True)
    paper.line("{{ risks | default('Не указаны') | paragraphs }}", align="both")
    paper.signature("{{ unit }}", "{{ responsible }}")
    return paper


def appendix_2() -> Paper:
    """The report on what was promised and what is done."""
    paper = Paper(landscape=True)
    _appendix_head(paper, 2)
    paper.line("ОТЧЁТ", bold=True, align="center", size=14, keep=True)
    paper.line(
        "об исполнении плана реализации (перечень тематик на {{ year }} год)",
        bold=True,
        align="center",
        keep=True,
    )
    paper.line("«{{ title }}»", bold=True, align="center", after=8)
    paper.facts(
        (
            ("Вид, номер в перечне", "{{ kind }}{% if number %}, № {{ number }}{% endif %}"),
            ("Сроки проведения", "{{ dates }}"),
            (
                "Участников, голосов",
                "{{ participants | default('–') | num }}, {{ votes | default('–') | num }}",
            ),
            (
                "Идей поступило, принято, отклонено",
                "{{ received | default('–') | num }}, {{ admitted | default('–') | num }},"
                " {{ refused | default('–') | num }}",
            ),
            ("Принятое решение, победившая идея", "{{ decision }}"),
        ),
        left=70,
        size=11,
    )
    paper.line(size=6)
    paper.table(
        (
            "№\nп/п",
            "Мероприятие",
            "Ответственный",
            "Срок по плану",
            "Срок по факту",
            "Сумма по плану",
            "Сумма по факту",
            "Источник средств",
            "Результат",
            "Причина, если не исполнено",
            "Ссылки, фото",
        ),
        (10, 46, 32, 20, 20, 23, 23, 23, 24, 26, 20),
        (
            "{{ row.number }}",
            "{{ row.measure }}",
            "{{ row.responsible }}",
            "{{ row.due }}",
            "{{ row.done }}",
            "{{ row.planned_money }}",
            "{{ row.spent_money }}",
            "{{ row.funds }}",
            "{{ row.result }}",
            "{{ row.reason }}",
            "{{ row.links }}",
        ),
        over="row in rows",
        size=9,
        aligns=("center", "left", "left", "center", "center", "right", "right"),
        empty="Мероприятий в плане нет",
    )
    paper.tag("{%p if note %}")
    paper.line("Примечание: {{ note }}", before=8)
    paper.tag("{%p endif %}")
    paper.signature("{{ signer_post }}", "{{ signer_name }}")
    paper.line("{{ date }}", before=6)
    return paper


def refusal() -> Paper:
    """The letter with which an idea or a comment is refused."""
    paper = Paper(size=13, first_plain=True)
    left, _gap, right = paper.columns(75, 15, 80)
    paper.line("{{ unit }}", bold=True, align="center", where=left)
    paper.line("{{ city }}", align="center", where=left, after=6)
    paper.line("{{ date }} № {{ number }}", align="center", where=left)
    paper.line("{{ addressee }}", where=right)
    paper.line(before=10, size=6)
    paper.line("О результатах рассмотрения", bold=True)
    paper.line("«{{ title }}»", bold=True, after=12)
    paper.tag("{%p if intro %}")
    paper.line("{{ intro | paragraphs }}", align="both", indent=True, spacing=1.15)
    paper.tag("{%p else %}")
    paper.line(
        "{{ kind }} «{{ title }}»{% if submitted_on %}, дата поступления: {{ submitted_on }}"
        "{% endif %}.",
        align="both",
        indent=True,
        spacing=1.15,
    )
    paper.tag("{%p endif %}")
    paper.line("Основания:", indent=True, before=6, after=3, keep=True)
    paper.tag("{%p for ground in grounds %}")
    paper.line(
        "{{ loop.index }}. {{ ground.text }}{% if ground.clause %} ({{ ground.clause }})"
        "{% endif %}{% if ground.link %}. См.: {{ ground.link }}{% endif %}",
        align="both",
        indent=True,
        spacing=1.15,
    )
    paper.tag("{%p endfor %}")
    paper.tag("{%p if body %}")
    paper.line("{{ body | paragraphs }}", align="both", indent=True, before=6, spacing=1.15)
    paper.tag("{%p endif %}")
    paper.tag("{%p if appeal %}")
    paper.line("{{ appeal | paragraphs }}", align="both", indent=True, before=6, spacing=1.15)
    paper.tag("{%p endif %}")
    paper.signature("{{ signer_post }}", "{{ signer_name }}", before=30)
    return paper


def protocol() -> Paper:
    """The protocol of a poll's results."""
    paper = Paper()
    paper.line("{{ official }}", align="center", bold=True)
    paper.line("{{ product }}", align="center", after=12)
    paper.line("ПРОТОКОЛ № {{ number }}", bold=True, align="center", size=14)
    paper.line("итогов опроса", bold=True, align="center", after=4)
    date, place = paper.columns(paper.room / 2, paper.room / 2)
    paper.line("{{ published }}", where=date)
    paper.line("{{ city }}", where=place, align="right", after=8)
    paper.facts(
        (
            ("Опрос", "{{ title }}"),
            ("Инициатор", "{{ initiator | default('не указан') }}"),
            ("Территория", "{{ territory }}"),
            ("Срок проведения", "с {{ opens }} по {{ closes }}"),
            ("Порядок", "{{ procedure }}, в редакции на {{ governing_on }}"),
            ("Приняли участие", "{{ participants | num }}"),
            (
                "Вошли в кворум",
                "{% if needed is none %}кворум не установлен{% else %}{{ counted | num }}"
                " ({{ level }}); необходимо не менее {{ needed | num }}{% endif %}",
            ),
            ("Решение", "{{ verdict }}"),
        ),
        left=45,
        size=12,
    )
    paper.tag("{%p for question in questions %}")
    paper.line("Вопрос {{ loop.index }}. {{ question.title }}", bold=True, before=12, keep=True)
    paper.line("{{ question.note }}", size=10, after=4, keep=True)
    paper.table(
        ("Вариант ответа", "Голосов", "Доля участников, %"),
        (paper.room - 55, 25, 30),
        ("{{ option.title }}", "{{ option.votes | num }}", "{{ option.share }}"),
        over="option in question.options",
        size=12,
        aligns=("left", "right", "right"),
        empty="Вариантов нет",
        numbered=False,
    )
    paper.tag("{%p endfor %}")
    paper.tag("{%p if districts %}")
    paper.line("Явка по районам", bold=True, before=12, after=4, keep=True)
    paper.table(
        ("Район", "Участников"),
        (paper.room - 35, 35),
        ("{{ district.name }}", "{{ district.voters | num }}"),
        over="district in districts",
        size=12,
        aligns=("left", "right"),
        empty="Нет данных",
        numbered=False,
    )
    paper.tag("{%p endif %}")
    paper.tag("{%p if days %}")
    paper.line("Явка по дням", bold=True, before=12, after=4, keep=True)
    paper.line(
        "{% for one in days %}{{ one.day }} – {{ one.voters | num }}"
        "{% if not loop.last %}; {% endif %}{% endfor %}.",
        align="both",
    )
    paper.tag("{%p endif %}")
    paper.line("Ход опроса", bold=True, before=12, after=4, keep=True)
    paper.tag("{%p for step in steps %}")
    paper.line(
        "{{ step.day }}: {{ step.text }}{% if step.clauses %} ({{ step.clauses }}){% endif %}"
        "{% if step.note %}. {{ step.note }}{% endif %}.",
        align="both",
    )
    paper.tag("{%p endfor %}")
    paper.tag("{%p if grounds %}")
    paper.line("Основания", bold=True, before=12, after=4, keep=True)
    paper.tag("{%p for ground in grounds %}")
    paper.line("{{ ground.act }}", before=3, keep=True)
    paper.tag("{%p for line in ground.lines %}")
    paper.line(
        "{{ line.number }}: {{ line.text }}", align="both"
    ).paragraph_format.left_indent = 360_000
    paper.tag("{%p endfor %}")
    paper.tag("{%p endfor %}")
    paper.tag("{%p endif %}")
    paper.line(
        "Отпечаток бюллетеня: {{ digest }}. Он вычислен из вопросов и вариантов ответа, которые"
        " видели голосующие; после начала голосования они не менялись.",
        size=9,
        before=10,
        align="both",
    )
    paper.signature("Ответственный за проведение опроса", "")
    paper.signature("Итоги утверждены", "", before=10)
    return paper


FORMS: Final[Mapping[str, Callable[[], Paper]]] = {
    "features/plan/templates/documents/appendix_1.docx": appendix_1,
    "features/plan/templates/documents/quarterly.docx": quarterly,
    "features/plan/templates/documents/passport.docx": passport,
    "features/plan/templates/documents/appendix_2.docx": appendix_2,
    "features/moderation/templates/documents/refusal.docx": refusal,
    "features/polls/templates/documents/protocol.docx": protocol,
}
"""Each form and its place below `core/`."""
