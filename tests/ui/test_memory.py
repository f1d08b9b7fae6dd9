"""Who is believed of a setting: address, widgets, session, default; and what a link may say."""

import random

import pytest

from lstm_viz.ui import memory
from tests.sessions import address, answer, charts, checked, come_back, gone_to, opened, restarted

KINDS = {"slider": ("T", "gain"), "selectbox": ("source", "init"), "multiselect": ("theory",)}
KINDS |= {"number_input": ("seed",), "button_group": ("network", "loss"), "text_area": ("text",)}
KIND = {key: kind for kind, keys in KINDS.items() for key in keys}
WRONG = {  # (text of a link, what is shown, what is said of it); None for nothing
    "T": [
        ("2000", 1000, "T = 2000 is not possible here: 1000 is the most"),
        ("0", 1, "1 is the least"),
        ("-4", 1, "1 is the least"),
        ("1e99", 1000, "1000 is the most"),
        ("9" * 400, 1000, "1000 is the most"),
        ("30.6", 31, "no whole number, and 31 is taken"),
        ("abc", 50, "T = abc is not possible here: it is no number, and 50 is taken"),
        ("", 50, "no number"),
        ("nan", 50, "no number"),
        ("30", 30, None),
        ("3e1", 30, None),
    ],
    "gain": [
        ("-1", 0.0, "0 is the least"),
        ("inf", 4.0, "gain = inf is not possible here: 4 is the most"),
        ("x", 1.0, "no number, and 1 is taken"),
        ("0.05", 0.05, None),
    ],
    "seed": [("-1", 0, "the least"), ("2147483648", 2**31 - 1, "2147483647 is the most")],
    "init": [("Gaussian", "pytorch", "init = Gaussian is not possible here: pytorch is taken")],
    "source": [("white noise", "noise", "noise is taken"), ("", "noise", "noise is taken")],
    "theory": [
        ("bound,zzz", ["bound"], "theory = bound,zzz is not possible here: zzz is left out"),
        ("zzz", [], "zzz is left out"),
        ("bound,bound", ["bound"], None),
        ("", [], None),
    ],
}


def widget(at, key):
    return getattr(at, KIND[key])(key=key)


def notices(at):
    return [info.value for info in at.info]


@pytest.mark.parametrize("k", range(max(map(len, WRONG.values()))))
def test_a_link_gives_the_nearest_allowed_values_and_says_what_was_changed(k):
    """The k-th of each setting, all in one address; the notice goes with the next change."""
    cases = {key: of[k] for key, of in WRONG.items() if k < len(of)}
    at = opened(H=4, **{key: text for key, (text, _value, _said) in cases.items()})
    assert {key: widget(at, key).value for key in cases} == {k: v for k, (_, v, _) in cases.items()}
    lines = "".join(notices(at)).splitlines()
    said = {key: said for key, (_text, _value, said) in cases.items() if said}
    assert len(lines) == len(said)
    for key, words in said.items():
        assert any(line.startswith(f"{key} = ") and words in line for line in lines), key
    written = {"H": "4"} | {key: memory.written(v) for key, (_, v, _) in cases.items()}
    assert address(at).items() <= (written | {"v": "1"}).items()
    corrected = opened(**address(at))
    assert answer(corrected) == answer(at) and not notices(corrected)
    checked(at.slider(key="T").set_value(20).run())
    assert not notices(at)


def test_a_place_beyond_the_end_is_the_nearest_one():
    at = opened("one_step", T=20, H=4, t=51, unit=32, direction="up", network="tape")
    assert at.number_input(key="t").value == 20 and at.number_input(key="unit").value == 3
    (said,) = notices(at)
    for words in ("t = 51 is not possible here: 20 is the most", "unit = 32", "direction = up"):
        assert words in said
    assert "network = tape is not possible here: rnn is taken" in said
    checked(at.slider(key="T").set_value(10).run())
    assert at.number_input(key="t").value == 10 and not notices(at)


def test_a_links_words_are_shown_as_they_stand():
    at = opened(T="[x](http://a.b) **y**" + "z" * 100, init="<b>")
    (said,) = notices(at)
    assert "`[x](http://a.b)`" in said and r"\*\*y" in said and "z" * 50 not in said


def test_a_links_version_says_which_defaults_it_means(monkeypatch):
    monkeypatch.setattr(memory, "VERSION", 2)
    monkeypatch.setitem(memory.FORMER, 1, {"forget_bias": "2.5", "H": "4"})
    meant = {("1", "T"): 2.5, ("2", "T"): 1.0, (None, "T"): 1.0, ("1", "forget_bias"): 1.0}
    for (version, key), bias in meant.items():
        link = {key: "20" if key == "T" else "1"} | ({"v": version} if version else {})
        at = opened(**link)
        assert at.slider(key="forget_bias").value == bias, link
        assert at.slider(key="H").value == (4 if version == "1" else 32) and not notices(at)
        assert address(at).get("v", "2") == "2"
        again = opened(**address(at))
        assert answer(again) == answer(at)


@pytest.mark.parametrize("version", ["3", "0", "x", "", "²", "1" * 9999])
def test_a_link_of_a_version_that_is_not_known_is_read_as_todays(version):
    at = opened(T=20, H=4, v=version)
    assert at.slider(key="T").value == 20 and address(at)["v"] == "1"
    (said,) = notices(at)
    assert "another version" in said and len(said) < 200


def test_what_the_browser_shows_wins_over_the_address_in_a_new_session():
    at = opened("paths", T=20, H=4, gain=2)
    checked(at.button_group(key="network").set_value("gru").run())
    at.slider(key="gain").set_value(3.0)
    new = restarted(at)
    assert new.slider(key="gain").value == 3.0 and new.button_group(key="network").value == "gru"
    assert "recurrent gain 3" in charts(new)[0][0]["caption"]
    assert address(new) == {"T": "20", "H": "4", "gain": "3", "network": "gru", "v": "1"}
    assert gone_to(new, "gradient_flow").slider(key="gain").value == 3.0


def test_a_bound_that_moves_in_the_first_message_moves_what_it_bounds():
    at = opened("one_step", T=20, H=4)
    at.slider(key="T").set_value(10)
    assert restarted(at).number_input(key="t").value == 10


@pytest.mark.parametrize("button", ["preset_exploding", "reset", "pin"])
def test_a_button_that_is_a_new_sessions_first_message_is_not_lost(button):
    at, usual = (opened(T=20, H=4, gain=0.5, seed=3) for _session in range(2))
    expected = address(checked(usual.button(key=button).click().run()))
    at.button(key=button).click()
    assert address(restarted(at)) == expected != address(at)


def test_a_pin_is_in_the_link_and_outlives_its_session():
    at = opened(T=20, H=4, source="text", text="née & ☃ = 1;")
    checked(at.button(key="pin").click().run())
    checked(at.slider(key="gain").set_value(2.0).run())
    for other in (opened(**address(at)), restarted(at)):
        assert answer(other) == answer(at) and charts(other) == charts(at)
        assert "pinned: recurrent gain 1" in charts(other)[0][0]["caption"]
        checked(other.button(key="unpin").click().run())
        assert "pin" not in address(other) and "pinned" not in charts(other)[0][0]["caption"]


@pytest.mark.parametrize("pin", ["", "T=1e9&H=x&source=tape", "nonsense", "own=1&T=&v=2", "=&&="])
def test_a_pin_in_a_link_is_brought_within_what_is_allowed(pin):
    at = opened(T=20, H=4, pin=pin)
    assert answer(at) and not at.error


def test_a_file_that_has_gone_is_named_at_once_and_asked_for():
    at = opened("gates", source="csv", csv="mine.csv 1a2b3c4d", T=20, H=4)
    (error,) = at.error
    assert "mine.csv 1a2b3c4d is not here" in error.value and at.file_uploader
    assert address(at)["csv"] == "mine.csv 1a2b3c4d"


# A small model of the rule: what is known of each setting, as its text, where it was set.
DEFAULT = {"T": "50", "gain": "1", "source": "noise", "seed": "0", "theory": "", "loss": "last"}
OWN = {"gradient_flow": ("theory",), "gates": ("network",), "paths": ("network", "loss")}
OFFERED = {"gates": ("lstm", "gru", "attention"), "paths": ("lstm", "gru")}
CHOICES = {"T": "20 30 40", "gain": "0.5 1 2 3", "source": "noise sine constant", "seed": "0 1 7"}
CHOICES |= {"theory": "bound product", "loss": "last every"}
LINKS = [({}, {}), ({"T": "2000"}, {"T": "1000"}), ({"gain": "9", "seed": "x"}, {"gain": "4"})]
LINKS += [({"T": "30", "loss": "every"},) * 2, ({"network": "gru", "theory": "bound"},) * 2]


class Reader:
    """A reader's session and its history, and beside them what the rule says."""

    def __init__(self, seed):
        self.random, self.entries, self.place = random.Random(seed), [], -1
        self.open()

    def keys(self):
        return ("T", "gain", "source", "seed", *OWN[self.page])

    def expected(self, key):
        if key == "network":
            own = self.known.get(key)
            return own if own in OFFERED[self.page] else "lstm"
        return self.known.get(key, DEFAULT[key])

    def visit(self, page):
        self.page = page
        self.entries[self.place + 1 :] = [None]
        self.place += 1

    def open(self):
        link, known = self.random.choice(LINKS)
        self.visit(self.random.choice(list(OWN)))
        self.known = {"H": "4"} | known
        self.at = opened(self.page, H=4, **link)

    def change(self):
        key = self.random.choice(self.keys())
        self.set(key)
        checked(self.at.run())

    def set(self, key):
        offered = OFFERED[self.page] if key == "network" else CHOICES[key].split()
        text = self.random.choice([text for text in offered if text != self.expected(key)])
        value = float(text) if key == "gain" else int(text) if key in ("T", "seed") else text
        widget(self.at, key).set_value([value] if key == "theory" else value)
        self.note(key, text)

    def note(self, key, text):
        self.known[key] = text
        if text == DEFAULT.get(key):
            del self.known[key]

    def preset(self):
        checked(self.at.button(key="preset_remembers").click().run())
        for key in ("gain", "init", "activation"):
            self.known.pop(key, None)
        self.known |= {"T": "200", "forget_bias": "5"}

    def navigate(self):
        self.visit(self.random.choice([page for page in OWN if page != self.page]))
        gone_to(self.at, self.page)

    def move(self, by):
        if 0 <= self.place + by < len(self.entries):
            self.place += by
            self.page, known = self.entries[self.place]
            self.known = dict(known)
            come_back(self.at, self.page, known | {"v": "1"})

    def back(self):
        self.move(-1)

    def forward(self):
        self.move(1)

    def reload(self):
        self.at = opened(self.page, **address(self.at))

    def reconnect(self):
        self.set("gain")
        self.at = restarted(self.at)

    def check(self):
        for key in self.keys():
            value = widget(self.at, key).value
            assert memory.written(value) == self.expected(key), key
        assert address(self.at) == self.known | {"v": "1"}
        self.entries[self.place] = self.page, dict(self.known)


@pytest.mark.parametrize("seed", range(5))
def test_any_way_through_the_app_keeps_to_the_rule(seed):
    reader, way = Reader(seed), ["open"]
    ways = ["open", "change", "preset", "navigate", "navigate", "back", "forward", "reload"]
    for _step in range(12):
        reader.check()
        way.append(reader.random.choice([*ways, "change", "reconnect"]))
        print(way[-1], end=" ")
        getattr(reader, way[-1])()
    reader.check()
