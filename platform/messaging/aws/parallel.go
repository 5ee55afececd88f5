package aws

import "sync"

// maxCalls is how many calls carry one piece of work at the same time.
const maxCalls = 8

// parallel calls f for the numbers from 0 to n-1, some of them at the same time, and returns when all calls have.
func parallel(n int, f func(i int)) {
	var calls sync.WaitGroup
	slots := make(chan struct{}, maxCalls)
	for i := range n {
		slots <- struct{}{}
		calls.Go(func() {
			defer func() { <-slots }()
			f(i)
		})
	}
	calls.Wait()
}
