"""What several forms share: dates as people type them, texts cleaned, French messages."""
