"""What plan ask of a city's rules, and the facts they ask with."""
