// Package clock tells how much of the processor this process has used:
//
//	before := clock.Processor()
//	work()
//	fmt.Println(clock.Processor() - before)
//
// Garbage collection is included, what other programs take is not.
package clock
