tool = {
