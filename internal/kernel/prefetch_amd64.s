//go:build !purego

#include "textflag.h"

// func prefetch(base unsafe.Pointer, rows *int, count, size int)
TEXT ·prefetch(SB), NOSPLIT, $0-32
	MOVQ base+0(FP), AX
	MOVQ rows+8(FP), BX
	MOVQ count+16(FP), CX
	MOVQ size+24(FP), DX
	LEAQ (BX)(CX*8), CX    // end of rows

row:
	CMPQ BX, CX
	JEQ  done
	MOVQ (BX), SI
	ADDQ $8, BX
	IMULQ DX, SI
	ADDQ AX, SI
	LEAQ (SI)(DX*1), DI    // end of the row
	ANDQ $-64, SI

line:
	PREFETCHT1 (SI)
	ADDQ $64, SI
	CMPQ SI, DI
	JCS  line
	JMP  row

done:
	RET
