"""What the guides publish as examples is taken as one transaction, or refused by name; nothing fails."""

import json
from collections import Counter
from pathlib import Path

import pytest

from gateway.fhir.interactions.site import SERVED
from gateway.registry import organization_id
from tests.gateway.receive.bundling import ids, post, transact
from tests.parties import Json
from tests.promises.house import House

CORPUS = Path(__file__).resolve().parents[3] / ".." / "shared" / "corpus" / "referral"
GUIDE = "http://hl7.org/fhir/us/sdoh-clinicalcare"
REFERRAL = "SDOHCC-TaskReferralManagementOrderFulfillmentAcceptedExample"
HOSPITAL, BRIDGE = "cityhosp-ehr", "bridge-community-system"

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="needs the referral corpus in ../shared")


def examples(folder: str) -> list[Json]:
    """Every single resource published there, by file name."""
    found = [json.loads(path.read_bytes()) for path in sorted((CORPUS / folder).rglob("*.json"))]
    return [each for each in found if "resourceType" in each]


def entries(resources: list[Json]) -> list[Json]:
    return [post(each, f"{GUIDE}/{each['resourceType']}/{each['id']}") for each in resources]


def served(folder: str) -> list[Json]:
    return [each for each in examples(folder) if each["resourceType"] in SERVED]


async def test_the_guides_examples_are_one_transaction(house: House) -> None:
    sent = served("sdohcc")
    left = Counter(each["resourceType"] for each in examples("sdohcc") if each["resourceType"] not in SERVED)
    answer = await transact(house.asker(HOSPITAL), *entries(sent))
    print(f"SDOHCC: {len(sent)} resources kept together, types not served: {dict(left)}")  # noqa: T201  # counts for whoever runs it with -s
    assert len(ids(answer)) == len(sent), answer.body
    assert set(left) <= {"Device", "Group"}
    dangling = [each for each in json.dumps(answer.json).split('"') if each.startswith("Patient/pat-")]
    assert dangling == []


async def test_the_guides_referral_is_handed_to_the_agency_it_names(house: House) -> None:
    sent = served("sdohcc")
    for each in sent:
        if each["id"] == REFERRAL:
            each.pop("output", None)
            each["status"] = "requested"
            each["owner"] = {"reference": f"Organization/{organization_id('bridge-community')}"}
            each["requester"] = {"reference": f"Organization/{organization_id('cityhosp')}"}
    answer = await transact(house.asker(HOSPITAL), *entries(sent))
    place = [each["id"] for each in sent].index(REFERRAL)
    mine = ids(answer)[place]
    theirs = await house.asker(BRIDGE).one(f"Task?part-of=Task/{mine}")
    assert theirs["owner"] == {"reference": f"Organization/{organization_id('bridge-community')}"}
    accepted = await house.asker(BRIDGE).patch(f"Task/{theirs['id']}", {"status": "accepted"})
    assert accepted.status == 200, accepted.body
    await house.settled()
    assert (await house.asker(HOSPITAL).get(f"Task/{mine}")).json["status"] == "accepted"


@pytest.mark.parametrize("folder", ["bser", "us_core_7.0.0", "gravity_ehr_server_examples", "sdohcc"])
async def test_each_example_alone_is_kept_or_refused_by_name(house: House, folder: str) -> None:
    told: Counter[str] = Counter()
    for each in examples(folder):
        asker, kind = house.asker(HOSPITAL), each["resourceType"]
        alone = await asker.post(kind, each)
        together = await transact(asker, post(each), prefer="return=minimal")
        assert (alone.status == 201) is (together.status == 200), (each["id"], alone.body, together.body)
        reason = "kept" if alone.status == 201 else together.json["issue"][0]
        if reason != "kept":
            assert together.status in {400, 404, 422}, (each["id"], together.body)
            assert alone.status in {400, 404, 422}, (each["id"], alone.body)
            reason = f"{kind}: {reason['code']}: {reason['diagnostics']}"
        told[reason] += 1
    print(f"\n{folder}:", *(f"\n  {count:3} {reason}" for reason, count in told.most_common()))  # noqa: T201  # counts for whoever runs it with -s
    assert told["kept"] > 0
