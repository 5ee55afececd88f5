package dynamodb

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/myevents/myevents/platform/dynamodb"
	"github.com/myevents/myevents/platform/fault"
	"github.com/myevents/myevents/platform/outbox"
)

// lookAround is how soon the rows of other processes are found.
const lookAround = 200 * time.Millisecond

const (
	blocksAtOnce = 8
	rowsAtOnce   = 100       // that are looked at in a shard
	maxRows      = 200       // of a block
	maxBlock     = 320 << 10 // bytes of documents in a block; what names the rows fits beside them
	moveAttempts = 10
)

// block is a part of the log. Blocks are numbered from 1.
type block struct {
	dynamodb.Key
	Number int64 `dynamodbav:"number"`
	Before int   `dynamodbav:"before"` // messages in the blocks before
	Runs   []run `dynamodbav:"runs"`
	Rows   []Row `dynamodbav:"rows"` // where they were, and where they are until somebody removes them
}

func blockKey(number int64) dynamodb.Key {
	return dynamodb.Key{Partition: "block." + strconv.FormatInt(number, 10), Sort: "block"}
}

func (b block) messages() (n int) {
	for _, r := range b.Runs {
		n += r.Messages
	}
	return n
}

func (b block) entries() (all []outbox.Entry, err error) {
	for _, r := range b.Runs {
		entries, err := r.entries(b.Number<<indexBits | int64(len(all)))
		if err != nil {
			return nil, err
		}
		all = append(all, entries...)
	}
	return all, nil
}

// tail is what has to be known of the last block to put another one behind it.
type tail struct {
	number int64
	total  int   // messages up to and with it
	count  int   // messages in it
	rows   []Row // those that it has taken and that may still be there
}

func (b block) tail() *tail {
	return &tail{number: b.Number, total: b.Before + b.messages(), count: b.messages(), rows: b.Rows}
}

// position returns that of the block's last message.
func (t *tail) position() int64 { return t.number<<indexBits | int64(t.count-1) }

// blocks returns the blocks from a number to another, which are there, in order.
func (l *Log) blocks(ctx context.Context, from, to int64) ([]block, error) {
	var keys []dynamodb.Key
	for number := from; number <= to; number++ {
		keys = append(keys, blockKey(number))
	}
	found, err := dynamodb.GetAll[block](ctx, l.table, keys)
	if err == nil && len(found) < len(keys) {
		err = fmt.Errorf("of the blocks from %d to %d there are only %d", from, to, len(found))
	}
	slices.SortFunc(found, func(a, b block) int { return cmp.Compare(a.Number, b.Number) })
	return found, err
}

// look moves the rows that there are into the log and returns whether that has grown, by whomever. It costs requests, and
// so looks for the rows of other processes only now and then.
func (l *Log) look(ctx context.Context) (grown bool, err error) {
	select {
	case l.looking <- struct{}{}:
		defer func() { <-l.looking }()
	case <-ctx.Done():
		return false, fmt.Errorf("look for messages: %w", context.Cause(ctx))
	}
	if !l.told.Swap(false) && time.Since(l.looked) < lookAround {
		return false, nil
	}
	before, began := l.tail.Load().number, time.Now()
	moved, err := l.move(ctx)
	if moved || err != nil {
		l.told.Store(true) // there may be more
	} else {
		l.looked = began
	}
	return l.tail.Load().number > before, err
}

// move makes the next block of the log of what rows there are, and returns false where there are none. What it meets,
// another process that moves rows or a store that hiccups, makes it begin anew: half a move is no harm.
func (l *Log) move(ctx context.Context) (moved bool, err error) {
	for range moveAttempts {
		moved, err = l.tryToMove(ctx)
		if err == nil || ctx.Err() != nil || !errors.As(err, new(*dynamodb.Refused)) && fault.KindOf(err) != fault.Unavailable {
			break
		}
	}
	return moved, err
}

func (l *Log) tryToMove(ctx context.Context) (moved bool, err error) {
	last, err := l.end(ctx)
	if err != nil {
		return false, err
	}
	if last, err = l.remove(ctx, last); err != nil {
		return false, err
	}
	rows, err := l.rows(ctx)
	if err != nil || len(rows) == 0 {
		return false, err
	}
	next := newBlock(last, inOrder(rows))
	if err := l.db.Write(ctx, l.table.Put(next, dynamodb.Absent())); err != nil {
		return false, fmt.Errorf("put block %d: %w", next.Number, err)
	}
	_, err = l.remove(ctx, next.tail())
	return true, err
}

// remove removes the rows that are in the last block, and remembers that they are gone.
func (l *Log) remove(ctx context.Context, last *tail) (*tail, error) {
	keys := make([]dynamodb.Key, len(last.rows))
	for i, r := range last.rows {
		keys[i] = r.key()
	}
	l.tail.Store(last)
	if err := l.table.DeleteAll(ctx, keys); err != nil {
		return nil, err
	}
	clean := *last
	clean.rows = nil
	l.tail.Store(&clean)
	return &clean, nil
}

// newBlock returns the block behind last with as many of the rows as fit.
func newBlock(last *tail, rows []row) block {
	number := last.number + 1
	b := block{Key: blockKey(number), Number: number, Before: last.total}
	size := 0
	for _, r := range rows {
		if size += len(r.Run.Documents); len(b.Rows) == maxRows || size > maxBlock && len(b.Rows) > 0 {
			break
		}
		b.Rows = append(b.Rows, Row(r.Sort))
		if n := len(b.Runs); n > 0 && b.Runs[n-1].Topic == r.Run.Topic {
			b.Runs[n-1].Messages += r.Run.Messages
			b.Runs[n-1].Documents = append(b.Runs[n-1].Documents, r.Run.Documents...)
			continue
		}
		b.Runs = append(b.Runs, r.Run)
	}
	return b
}

// rows returns rows from each shard, the oldest first, and those that must come before them. A row in it that was
// committed before another may not have been there yet when its shard was read: that is asked for by its name, which
// finds it, or else it is in the log.
func (l *Log) rows(ctx context.Context) (map[Row]row, error) {
	rows, err := l.oldest(ctx)
	if err != nil {
		return nil, err
	}
	asked := map[Row]bool{}
	for next := rows; len(next) > 0; {
		var keys []dynamodb.Key
		for _, r := range next {
			for _, before := range r.Behind {
				if _, here := rows[before]; !here && !asked[before] {
					asked[before] = true
					keys = append(keys, before.key())
				}
			}
		}
		found, err := dynamodb.GetAll[row](ctx, l.table, keys)
		if err != nil {
			return nil, err
		}
		next = byName(found)
		maps.Copy(rows, next)
	}
	return rows, nil
}

func (l *Log) oldest(ctx context.Context) (map[Row]row, error) {
	var found [shards][]row
	var errs [shards]error
	var reads sync.WaitGroup
	for i := range shards {
		reads.Go(func() {
			found[i], errs[i] = dynamodb.List[row](ctx, l.table, dynamodb.Range{Partition: shard(i), Limit: rowsAtOnce})
		})
	}
	reads.Wait()
	return byName(slices.Concat(found[:]...)), errors.Join(errs[:]...)
}

func byName(rows []row) map[Row]row {
	named := make(map[Row]row, len(rows))
	for _, r := range rows {
		named[Row(r.Sort)] = r
	}
	return named
}

// inOrder returns the rows by their names, but each behind those that must come before it. They are in rows, or in the log.
func inOrder(rows map[Row]row) []row {
	ordered := make([]row, 0, len(rows))
	placed := make(map[Row]bool, len(rows))
	var place func(Row)
	place = func(name Row) {
		r, here := rows[name]
		if !here || placed[name] {
			return
		}
		placed[name] = true
		for _, before := range r.Behind {
			place(before)
		}
		ordered = append(ordered, r)
	}
	for _, name := range slices.Sorted(maps.Keys(rows)) {
		place(name)
	}
	return ordered
}

// end returns the last block's tail; that of number 0 where there is none. The way there from the last one known is doubled
// until there is no block, and then halved.
func (l *Log) end(ctx context.Context) (*tail, error) {
	last := l.tail.Load()
	there := func(number int64) (bool, error) {
		var b block
		found, err := l.table.Get(ctx, blockKey(number), &b)
		if found {
			last = b.tail()
		}
		return found, err
	}
	step := int64(1)
	for ; ; step *= 2 {
		found, err := there(last.number + step)
		if err != nil {
			return nil, err
		}
		if !found {
			break
		}
	}
	for step /= 2; step > 0; step /= 2 {
		if _, err := there(last.number + step); err != nil {
			return nil, err
		}
	}
	return last, nil
}
