"""The application: what every municipality shares. Municipal numbers and names never stand here."""
