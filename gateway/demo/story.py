"""The story from first to last chapter, told over real sockets to a running gateway."""

from gateway.demo.chapters.community import spreadsheet
from gateway.demo.chapters.consent import consent_given_and_revoked
from gateway.demo.chapters.messages import messages
from gateway.demo.chapters.no_consent import no_consent
from gateway.demo.chapters.psychiatric import psychiatric
from gateway.demo.chapters.reports import crisis_call, dropped_export, hospital_answered, incident, victim
from gateway.demo.chapters.strangers import outsiders, police
from gateway.demo.sandbox import Sandbox
from gateway.demo.stage import Stage, stage
from gateway.demo.told import Sight, Story

BREAKS = (LookupError, OSError, ValueError, TypeError)
"""What a chapter raises where the gateway answers otherwise than the story can go on with."""


async def tell(place: Sandbox, story: Story) -> None:
    """Tell everything; a story that breaks off is an expectation that did not hold."""
    async with stage(place, story) as on:
        try:
            await _chapters(on)
        except BREAKS as fault:
            story.chapters[-1].expect("The story goes on", held=False, detail=f"{type(fault).__name__}: {fault}")


async def _chapters(on: Stage) -> None:
    patient_a = await no_consent(on)
    await consent_given_and_revoked(on)
    await police(on, patient_a)
    await psychiatric(on)
    await messages(on)
    await outsiders(on, patient_a)
    await crisis_call(on)
    await dropped_export(on)
    await incident(on)
    await hospital_answered(on)
    await victim(on)
    await spreadsheet(on)
    await _proof(on)


async def _proof(on: Stage) -> None:
    """The audit is whole, and what each agency got is what the engine decides."""
    chapter = on.story.chapter("The proof")
    verdict = await on.operator.verify()
    chapter.expect("Every audit chain is whole", held=verdict.rows > 0 and not verdict.faults, detail=verdict.faults)
    rows = on.story.rows
    at_odds = [row for row in rows if row.permitted is (row.sight is Sight.ABSENT)]
    chapter.expect("What each agency got is what the engine decides", held=bool(rows) and not at_odds, detail=at_odds)
