numbers = [0]


def next_number():
    numbers.append(numbers[-1] + 1)
    return numbers[-1]
