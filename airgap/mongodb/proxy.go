package main

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"sync"
)

// listen forwards the messages that arrive at the front address to the server at back: a request and its answer at a time,
// over all connections, so that every command is atomic. Closing what it returns ends it.
func listen(ctx context.Context, front, back string) (net.Listener, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", front)
	if err != nil {
		return nil, err
	}
	go func() {
		var turn sync.Mutex
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			go serve(ctx, client, back, &turn)
		}
	}()
	return l, nil
}

func serve(ctx context.Context, client net.Conn, back string, turn *sync.Mutex) {
	defer client.Close()
	server, err := (&net.Dialer{}).DialContext(ctx, "tcp", back)
	if err != nil {
		return
	}
	defer server.Close()
	for {
		request, err := readMessage(client)
		if err != nil {
			return
		}
		answer, err := ask(server, request, turn)
		if err != nil {
			return
		}
		if _, err := client.Write(answer); err != nil {
			return
		}
	}
}

// ask returns the server's answer, which is empty where the request wants none.
func ask(server net.Conn, request []byte, turn *sync.Mutex) ([]byte, error) {
	turn.Lock()
	defer turn.Unlock()
	if _, err := server.Write(request); err != nil || wantsNoAnswer(request) {
		return nil, err
	}
	return readMessage(server)
}

// The header of a message of MongoDB's wire protocol: length, request id, response to and operation, 32 bits each. Flags
// follow where the operation is OP_MSG.
const (
	headerSize = 16
	opMsg      = 2013
	moreToCome = 1 << 1
	maxMessage = 48_000_000
)

func wantsNoAnswer(request []byte) bool {
	return len(request) >= headerSize+4 && binary.LittleEndian.Uint32(request[12:]) == opMsg &&
		binary.LittleEndian.Uint32(request[headerSize:])&moreToCome != 0
}

func readMessage(from io.Reader) ([]byte, error) {
	header := make([]byte, 4)
	if _, err := io.ReadFull(from, header); err != nil {
		return nil, err
	}
	length := binary.LittleEndian.Uint32(header)
	if length < headerSize || length > maxMessage {
		return nil, errors.New("not a message of MongoDB's protocol")
	}
	message := make([]byte, length)
	copy(message, header)
	_, err := io.ReadFull(from, message[4:])
	return message, err
}
