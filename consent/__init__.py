"""The law: who may see what, why, and under which obligations; standard library only, no clock, no I/O."""
