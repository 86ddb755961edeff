"""HL7 v2 messages of City Hospital about synthetic people, for tests against a running gateway.

ADT^A01, A03, A04, A08, A13, A40 and REF^I12 (HL7 v2.5.1 chapters 3 and 11), sender EHR|CITYHOSP.
"""

import itertools
from dataclasses import dataclass, field

_NUMBERS = itertools.count(1)
STRUCTURES = {
    "A01": "ADT_A01",
    "A03": "ADT_A03",
    "A04": "ADT_A01",
    "A08": "ADT_A01",
    "A13": "ADT_A01",
    "A40": "ADT_A39",
}


def _segment(name: str, fields: dict[int, str]) -> str:
    return "|".join([name, *(fields.get(number, "") for number in range(1, max(fields) + 1))])


def _joined(*segments: str) -> bytes:
    return ("\r".join(segments) + "\r").encode()


@dataclass(frozen=True, slots=True)
class Visit:
    """One person's stay; every builder gives the bytes of one message. Times are HL7: 20260305141500-0600."""

    mrn: str = field(default_factory=lambda: f"9{next(_NUMBERS):06d}")
    family: str = "QUILLFEATHER"
    given: str = "TESS"
    visit: str = ""
    admitted: str = "20260302081000-0600"
    birth: str = "19880214"
    phone: str = "5550123"

    def a01(self, at: str = "20260302081500-0600", control: str = "", diagnosis: str = "", **pv1: str) -> bytes:
        """Admission."""
        return self.adt("A01", at, control, diagnosis, pv1)

    def a04(self, at: str = "20260302080500-0600", control: str = "", diagnosis: str = "", **pv1: str) -> bytes:
        """Registration."""
        return self.adt("A04", at, control, diagnosis, pv1)

    def a08(self, at: str = "20260304090000-0600", control: str = "", diagnosis: str = "", **pv1: str) -> bytes:
        """Update."""
        return self.adt("A08", at, control, diagnosis, pv1)

    def a03(
        self,
        at: str = "20260305141500-0600",
        control: str = "",
        diagnosis: str = "F11.20^Opioid dependence, uncomplicated",
        departed: str = "20260305140000-0600",
        disposition: str = "",
        **pv1: str,
    ) -> bytes:
        """Discharge; departed is PV1-45, left out where empty; disposition is PV1-36."""
        return self.adt("A03", at, control, diagnosis, {"f45": departed, "f36": disposition, **pv1})

    def a13(self, at: str = "20260305160000-0600", control: str = "", diagnosis: str = "", **pv1: str) -> bytes:
        """Cancelled discharge."""
        return self.adt("A13", at, control, diagnosis, pv1)

    def a40(self, retired: str, at: str = "20260307120000-0600", control: str = "") -> bytes:
        """Merge of the retired record number into this one."""
        merge = f"MRG|{retired}^^^CITYHOSP^MR||||||{self.family}^{self.given}"
        return _joined(self._header("ADT^A40^ADT_A39", at, control), f"EVN||{at}", self._person(), merge)

    def i12(
        self,
        at: str = "20260305100000-0600",
        control: str = "",
        diagnosis: str = "F11.20^Opioid dependence",
        referral: str = "",
        receiver: str = "HARBOR RECOVERY",
    ) -> bytes:
        """Referral to the receiver."""
        rf1 = {1: "P^Pending^HL70283", 2: "A^ASAP^HL70280", 6: f"{referral or 'R' + self.mrn}^CITYHOSP", 7: at[:8]}
        return _joined(
            self._header("REF^I12^REF_I12", at, control),
            _segment("RF1", {**rf1, 10: f"{diagnosis}^I10"}),
            "PRD|RP^Referring provider^HL70286|SMITH^ANNA^^^DR|||||1234567893^NPI",
            f"PRD|RT^Referred to provider^HL70286||||||1987654321^NPI|||{receiver}",
            self._person(),
            f"DG1|1||{diagnosis}^I10|||F",
            self._stay({}),
        )

    def adt(self, event: str, at: str, control: str, diagnosis: str, pv1: dict[str, str]) -> bytes:
        """Any ADT message; pv1 gives further fields of PV1 as f3=, f36=; diagnosis is ``code^text``, several with ~."""
        diagnoses = [f"DG1|{n}||{each}^I10|||F" for n, each in enumerate(filter(None, diagnosis.split("~")), 1)]
        header = self._header(f"ADT^{event}^{STRUCTURES[event]}", at, control)
        return _joined(header, f"EVN||{at}", self._person(), self._stay(pv1), *diagnoses)

    def _header(self, kind: str, at: str, control: str) -> str:
        number = control or f"T{self.mrn}-{next(_NUMBERS)}"
        return f"MSH|^~\\&|EHR|CITYHOSP|CROSSWALK|HUB|{at}||{kind}|{number}|P|2.5.1"

    def _person(self) -> str:
        address = "12 ELM ST^^SPRINGFIELD^IL^62701^USA^H"
        fields = {1: "1", 3: f"{self.mrn}^^^CITYHOSP^MR", 5: f"{self.family}^{self.given}", 7: self.birth, 8: "F"}
        return _segment("PID", {**fields, 11: address, 13: f"^PRN^PH^^1^217^{self.phone}"})

    def _stay(self, more: dict[str, str]) -> str:
        doctor = "1234567893^SMITH^ANNA^^^DR^^^NPI^^^^NPI"
        number = f"{self.visit or 'V' + self.mrn}^^^CITYHOSP^VN"
        fields = {1: "1", 2: "I", 3: "ED^1^1^CITYHOSP", 7: doctor, 10: "MED", 19: number, 44: self.admitted}
        given = {int(name[1:]): value for name, value in more.items() if value}
        return _segment("PV1", {**fields, **given})
