def audit(event):
    with open("audit.log", "a") as file:
        file.write(event)
