package main

import "testing"

// BenchmarkCost is the first half of the measure "cost", for profiles: go test -run xxx -bench Cost -cpuprofile FILE ./bench
func BenchmarkCost(b *testing.B) {
	for _, stack := range []string{bareStack, unsampledStack, sampledStack, usualStack} {
		b.Run(stack, func(b *testing.B) {
			handler, err := inFront(stack, newHello())
			if err != nil {
				b.Fatal(err)
			}
			ask := asking(handler)
			b.ReportAllocs()
			for b.Loop() {
				ask()
			}
		})
	}
}
