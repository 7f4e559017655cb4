from ferryboard import create_app

app = create_app()
