package evolution

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/alreasense/campaigns/campaign"
)

// sink is a lean gateway: it reads a request by its Content-Length and answers
// 201, and counts. What a benchmark measures beyond it is the client.
func sink(b *testing.B) (addr string, got *atomic.Int64) {
	b.Helper()
	got = new(atomic.Int64)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { ln.Close() })
	answer := []byte("HTTP/1.1 201 Created\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: " + "240" + "\r\n\r\n" +
		(`{"key":{"remoteJid":"5511900001234@s.whatsapp.net","fromMe":true,"id":"3EB04CB96F35310BADFA76"},"status":"PENDING","messageTimestamp":1772625600}` + strings.Repeat(" ", 240))[:240])
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				r := bufio.NewReader(c)
				for {
					length := 0
					for {
						line, err := r.ReadSlice('\n')
						if err != nil {
							return
						}
						if len(line) == 2 {
							break
						}
						if v, ok := bytes.CutPrefix(line, []byte("Content-Length: ")); ok {
							for _, d := range bytes.TrimSpace(v) {
								length = length*10 + int(d-'0')
							}
						}
					}
					if _, err := r.Discard(length); err != nil {
						return
					}
					got.Add(1)
					if _, err := c.Write(answer); err != nil {
						return
					}
				}
			}()
		}
	}()
	return ln.Addr().String(), got
}

// BenchmarkSend is one send over loopback on a kept connection; its baseline
// is net/http alone with the same body, BenchmarkNetHTTP.
func BenchmarkSend(b *testing.B) {
	addr, got := sink(b)
	c := New(Server{URL: "http://" + addr, Key: testKey})
	b.ReportAllocs()
	b.ResetTimer()
	n := 0
	for b.Loop() {
		if _, err := c.Send(context.Background(), outgoing(soon())); err != nil {
			b.Fatal(err)
		}
		n++
	}
	if int(got.Load()) != n {
		b.Fatalf("%d sends, %d arrived", n, got.Load())
	}
}

func BenchmarkSendParallel(b *testing.B) {
	addr, got := sink(b)
	c := New(Server{URL: "http://" + addr, Key: testKey})
	var n atomic.Int64
	b.ReportAllocs()
	b.SetParallelism(32)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := c.Send(context.Background(), outgoing(soon())); err != nil {
				b.Error(err)
				return
			}
			n.Add(1)
		}
	})
	if got.Load() != n.Load() {
		b.Fatalf("%d sends, %d arrived", n.Load(), got.Load())
	}
}

func BenchmarkNetHTTP(b *testing.B) {
	addr, _ := sink(b)
	t, err := aim(Server{URL: "http://" + addr, Key: testKey}, new(Pool))
	if err != nil {
		b.Fatal(err)
	}
	body, err := t.body("5511900001234", testText, 0, campaign.AttemptID{})
	if err != nil {
		b.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{DisableCompression: true}}
	b.ReportAllocs()
	for b.Loop() {
		q, err := http.NewRequest(http.MethodPost, "http://"+addr+"/message/sendText/loja", bytes.NewReader(body))
		if err != nil {
			b.Fatal(err)
		}
		q.Header.Set("apikey", string(testKey))
		q.Header.Set("Content-Type", "application/json")
		resp, err := client.Do(q)
		if err != nil {
			b.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
	}
}

func BenchmarkJudge(b *testing.B) {
	body := []byte(accepted)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := judge(V236, 201, nil, body, noon, testText, testKey, new(Error)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseWebhook(b *testing.B) {
	body := []byte(delivery("messages.update", `{"keyId":"3EB0","remoteJid":"77@lid","fromMe":true,"status":"DELIVERY_ACK","instanceId":"a","messageId":"clx0"}`))
	b.ReportAllocs()
	for b.Loop() {
		if e, err := ParseWebhook(body); err != nil || e.Data.(MessageUpdate).Status != StatusDelivered {
			b.Fatal(err)
		}
	}
}

// What a report costs is in proportion to what it weighs, whatever it holds.
func BenchmarkLargeReports(b *testing.B) {
	many := func(part string) string { return strings.Repeat(part+",", 4_000_000/(len(part)+1)) + part }
	for name, body := range map[string]string{
		"usual":   deliveries[0].body,
		"list":    delivery("messages.upsert", "["+many(`{"a":0}`)+"]"),
		"escaped": delivery("messages.upsert", `{"key":{"id":"A"},"message":{"x":[`+many(`{"\u0061":0}`)+`]}}`),
		"members": delivery("messages.upsert", `{"key":{"id":"A"},"message":{`+many(`"a":{}`)+`}}`),
		"top":     `{"event":"x","instance":"loja",` + many(`"a":0`) + `}`,
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := ParseWebhook([]byte(body)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
