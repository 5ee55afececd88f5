package kafka

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/IBM/sarama"
)

const askPause = 20 * time.Millisecond

// offsets returns where each partition begins (sarama.OffsetOldest) or ends (sarama.OffsetNewest). It asks again where a
// partition has no leader that knows: it was just made, or its leader has just gone.
func (b *Broker) offsets(topic string, which int64) (map[int32]int64, error) {
	for began := time.Now(); ; {
		offsets, err := b.askOffsets(topic, which)
		if _, answered := errors.AsType[sarama.KError](err); !answered || time.Since(began) > requestTimeout {
			return offsets, err
		}
		<-time.After(askPause)
		_ = b.client.RefreshMetadata(topic) // where it fails, so does the next question
	}
}

func (b *Broker) askOffsets(topic string, which int64) (map[int32]int64, error) {
	partitions, err := b.client.Partitions(topic)
	if err != nil {
		return nil, err
	}
	query := map[int32]int64{}
	for _, p := range partitions {
		query[p] = which
	}
	answer, err := b.admin.ListOffsets(map[string]map[int32]int64{topic: query}, nil)
	if err != nil {
		return nil, err
	}
	offsets := map[int32]int64{}
	for p, result := range answer[topic] {
		if result.Err != nil && !errors.Is(result.Err, sarama.ErrNoError) {
			return nil, fmt.Errorf("offset of partition %d: %w", p, result.Err)
		}
		offsets[p] = result.Offset
	}
	return offsets, nil
}

func keys(m map[int32]int64) []int32 { return slices.Collect(maps.Keys(m)) }
