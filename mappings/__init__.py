"""What maps to what: tables as data, and the small interpreter that reads them; pure."""
