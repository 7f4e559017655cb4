logger = "the one who logs"
