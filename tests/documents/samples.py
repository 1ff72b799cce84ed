"""Documents' data as the slices will give it, and kinds of documents made of it."""

from collections.abc import Mapping
from typing import Any

from core.documents.drawing.forms import FORMS
from core.documents.manifest import DocumentKind, Sheet
from core.kit.text import Text

CITY = "г. Примерск"


def item(n: int = 1) -> dict[str, Any]:
    return {
        "number": str(n),
        "kind": "Опрос" if n % 2 else "Обсуждение",
        "title": f"Благоустройство дворовой территории микрорайона № {n}",
        "aim": "Определить двор, который жители считают нужным привести в порядок первым;"
        " учесть мнение жителей при составлении адресного перечня.",
        "programme": "«Формирование комфортной городской среды»",
        "audience": "Жители города старше 14 лет, весь город",
        "period": "2 квартал, 01.04.2027–21.04.2027",
        "source": "Управление ЖКХ; идея № 214",
        "unit": "Управление жилищно-коммунального хозяйства",
        "responsible": "начальник отдела благоустройства",
        "phone": "8 (000) 000-00-00",
        "expected": "Включение двора в адресный перечень",
        "funding": "Муниципальный бюджет, 18 400 000 руб.",
        "note": "",
    }


LIST: Mapping[str, Any] = {
    "city": CITY,
    "year": 2027,
    "quarter": "II",
    "title": "ПЕРЕЧЕНЬ ТЕМАТИК НА 2027 ГОД",
    "approved": "",
    "approver": "Заместитель главы Администрации города по внутренней политике",
    "items": [item(n) for n in range(1, 6)],
}

PASSPORT: Mapping[str, Any] = {
    "city": CITY,
    "year": 2027,
    "number": "3",
    "kind": "Опрос",
    "title": "Какой двор благоустроить первым?",
    "aim": "Определить двор, который жители считают нужным привести в порядок первым.",
    "questions": [
        {
            "title": "Какой двор благоустроить первым?",
            "options": ["Микрорайон 9", "Микрорайон 14", "Микрорайон 2"],
        },
        {"title": "Что во дворе нужно прежде всего?", "options": ["Детская площадка", "Парковка"]},
    ],
    "materials": "Схемы дворов, фотографии, смета.",
    "cost": "18 400 000 ₽",
    "funds": "Муниципальный бюджет",
    "programme_code": "05 1 F2 55550",
    "if_wins": [
        {"option": "Микрорайон 9", "action": "Проект разрабатывается до 1 июня 2027 года."},
        {"option": "Микрорайон 14", "action": "Двор включается в адресный перечень."},
    ],
    "risks": "Удорожание материалов; перенос сроков поставки оборудования.",
    "unit": "Управление жилищно-коммунального хозяйства",
    "responsible": "И. О. Фамилия",
    "phone": "8 (000) 000-00-00",
    "period": "01.04.2027–21.04.2027",
}

REPORT: Mapping[str, Any] = {
    "city": CITY,
    "year": 2027,
    "title": "Какой двор благоустроить первым?",
    "number": "3",
    "kind": "Опрос",
    "dates": "с 1 по 21 апреля 2027 года",
    "participants": 1234,
    "votes": 1234,
    "received": 0,
    "admitted": 0,
    "refused": 0,
    "decision": "Первым благоустраивается двор микрорайона 9.",
    "rows": [
        {
            "number": n,
            "measure": "Разработка проекта благоустройства дворовой территории",
            "responsible": "Управление ЖКХ, начальник отдела",
            "due": "01.06.2027",
            "done": "28.05.2027",
            "planned_money": "1 200 000",
            "spent_money": "1 150 000",
            "funds": "Муниципальный бюджет",
            "result": "Исполнено",
            "reason": "",
            "links": ["https://example.org/news/2027/05/28/proekt-gotov-i-soglasovan"],
        }
        for n in range(1, 6)
    ],
    "note": "Работы продолжаются.",
    "signer_post": "Начальник управления жилищно-коммунального хозяйства",
    "signer_name": "И. О. Фамилия",
    "date": "25 ноября 2027 года",
}

LETTER: Mapping[str, Any] = {
    "city": CITY,
    "unit": "Администрация города",
    "number": "И-214",
    "date": "14 июня 2026 года",
    "addressee": "Автору идеи",
    "kind": "Идея",
    "title": "Построить метро до набережной",
    "submitted_on": "10 июня 2026 года",
    "intro": "Благодарим вас за участие. Ваше предложение рассмотрено и не может быть"
    " опубликовано.",
    "grounds": [
        {
            "number": "5",
            "text": "Предложение уже исполняется или запланировано в городе",
            "clause": "п. 3.8, подп. 5 регламента",
            "link": "https://example.org/plan/2027/12",
        },
        {
            "number": "3",
            "text": "Не отвечает заданной теме",
            "clause": "п. 3.8, подп. 3",
            "link": "",
        },
    ],
    "body": "Работы внесены в план на 2027 год.\nВы можете следить за их ходом на сайте.",
    "appeal": "Если вы не согласны с решением, вы можете попросить о повторном рассмотрении.",
    "signer_post": "Начальник отдела общей политики",
    "signer_name": "И. О. Фамилия",
}

PROTOCOL: Mapping[str, Any] = {
    "city": CITY,
    "official": "Администрация города",
    "product": "Город решает",
    "number": 7,
    "title": "Какой двор благоустроить первым в следующем году?",
    "initiator": "Управление ЖКХ",
    "territory": "весь город",
    "opens": "1 июня 2026",
    "closes": "21 июня 2026",
    "published": "24 июня 2026 года",
    "procedure": "Порядок проведения опросов",
    "governing_on": "1 июня 2026",
    "participants": 1312,
    "counted": 1207,
    "level": "подтверждённые жители",
    "needed": 300,
    "verdict": "опрос состоялся",
    "questions": [
        {
            "title": "Какой двор благоустроить первым?",
            "note": "Один вариант ответа.",
            "options": [
                {"title": "Микрорайон 9", "votes": 700, "share": "53,4"},
                {"title": "Микрорайон 14", "votes": 612, "share": "46,6"},
            ],
        }
    ],
    "districts": [
        {"name": "Микрорайон 9", "voters": 400},
        {"name": "Район не указан", "voters": 912},
    ],
    "days": [{"day": f"{n} июня", "voters": 60 + n} for n in range(1, 22)],
    "steps": [
        {
            "day": "30 мая 2026",
            "text": "Опрос согласован",
            "clauses": "п. 3.11",
            "note": "",
        },
        {"day": "22 июня 2026", "text": "Голосование завершилось", "clauses": "", "note": ""},
    ],
    "grounds": [
        {
            "act": "Постановление администрации города от 1 января 2026 года № 1",
            "lines": [
                {"number": "п. 3.12", "text": "Для кворума нужны 300 жителей города."},
                {"number": "п. 3.11", "text": "Опрос длится от 14 до 45 дней."},
            ],
        }
    ],
    "digest": "f0e1d2c3b4a59687",
}

DATA: Mapping[str, Mapping[str, Any]] = {
    "appendix_1": LIST,
    "quarterly": LIST,
    "passport": PASSPORT,
    "appendix_2": REPORT,
    "refusal": LETTER,
    "protocol": PROTOCOL,
}
FORM = {path.rpartition("/")[2].removesuffix(".docx"): path for path in FORMS}

SHEET = Sheet(
    title="Перечень тематик",
    columns=("№", "Тема", "Сумма"),
    rows=((1, "=2+2", 10.5), (2, "Двор", None), (3, "@SUM(A1)\u0007", 3)),
    widths=(6, 40, 12),
    above=("Перечень тематик на 2027 год", CITY),
    below=("Всего: 3",),
)


def kind(name: str = "appendix_1", **changes: Any) -> DocumentKind:
    """A kind of document with one of the product's templates."""
    return DocumentKind(
        **{
            "key": f"sample.{name}",
            "label": Text(ru=f"Документ {name}", en=f"Document {name}"),
            "permission": "documents.templates",
            "template": FORM[name],
            "data": lambda work, subject: DATA[name],
            "name": lambda work, subject: f"Документ «{name}»: 2027/1",
            "fields": {key: Text(ru=key, en=key) for key in DATA[name]},
            "sheet": lambda work, subject: SHEET,
            "example": DATA[name],
            "formats": ("docx", "pdf", "xlsx"),
            **changes,
        }
    )
