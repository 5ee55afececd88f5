package main

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheListInTheReadmeIsUpToDate(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../README.md")
	require.NoError(t, err)
	want, err := insert(page)
	require.NoError(t, err)
	require.Equal(t, string(want), string(page), "run go generate ./... in features/")
}

func TestAPageWithoutMarkersIsLeftAlone(t *testing.T) {
	t.Parallel()
	_, err := insert([]byte("no markers"))
	require.ErrorContains(t, err, "sentences: written by go generate")
}
