module bench/klauspost

go 1.24

require (
	github.com/klauspost/compress v1.18.5
	github.com/klauspost/pgzip v1.2.5
)
