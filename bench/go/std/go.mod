module bench/std

go 1.21
